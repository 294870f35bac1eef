import './ui/app.css';
import { mount } from 'svelte';
import App from './App.svelte';
import { getLocale } from './paraglide/runtime.js';
import { sync } from './state/sync.svelte';
import { speak } from './ui/locale.svelte';

speak(getLocale());
sync.start();
mount(App, { target: document.getElementById('app')! });
