import './ui/app.css';
import { mount } from 'svelte';
import App from './App.svelte';
import { getLocale } from './paraglide/runtime.js';
import { persist } from './sinks/persist';
import { changes } from './state/changes';
import { reminder } from './state/reminder.svelte';
import { sync } from './state/sync.svelte';
import { speak } from './ui/locale.svelte';

speak(getLocale());
sync.start();
reminder.start();
changes.listen(persist);
mount(App, { target: document.getElementById('app')! });
