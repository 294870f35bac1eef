// Generated from contracts/openapi.json by `npm run api`; do not edit.
export interface paths {
    "/api/v1/account": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read Account
         * @description One's own account.
         */
        get: operations["read_account_api_v1_account_get"];
        put?: never;
        /**
         * Register
         * @description Make an account and sign in. The recovery codes are shown only here.
         */
        post: operations["register_api_v1_account_post"];
        delete?: never;
        options?: never;
        head?: never;
        /**
         * Change Account
         * @description Change what is named in the body. Another zone makes all days be counted anew.
         */
        patch: operations["change_account_api_v1_account_patch"];
        trace?: never;
    };
    "/api/v1/account/deletion": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Delete Account
         * @description Delete the account with all its data, at once.
         */
        post: operations["delete_account_api_v1_account_deletion_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/account/export": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Export Account
         * @description All one's data as JSON, or one table of it as CSV.
         */
        get: operations["export_account_api_v1_account_export_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/account/password": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Change Password
         * @description Change the password; every other device is signed out.
         */
        put: operations["change_password_api_v1_account_password_put"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/account/recovery": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Recover
         * @description Set a new password by one of the recovery codes, and learn the id; every device is signed out.
         */
        post: operations["recover_api_v1_account_recovery_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/account/recovery-codes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Renew Recovery
         * @description New recovery codes; the old ones stop working.
         */
        post: operations["renew_recovery_api_v1_account_recovery_codes_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bans": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Bans
         * @description Songs that are never given to you again, by title.
         */
        get: operations["list_bans_api_v1_bans_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bans/{song_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Ban
         * @description Never again this song.
         */
        put: operations["ban_api_v1_bans__song_id__put"];
        post?: never;
        /**
         * Lift Ban
         * @description Allow it again: the word is taken back as if it had never been said, also from what was learned.
         */
        delete: operations["lift_ban_api_v1_bans__song_id__delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/changes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read Changes
         * @description What changed in the account since then, each thing once as it is now, in the order of its last change.
         *
         *     410: compare everything (without `after`), since the account was deleted, the consent was withdrawn, or the cursor
         *     is too old or of another database; `code` says which.
         */
        get: operations["read_changes_api_v1_changes_get"];
        put?: never;
        /**
         * Apply Changes
         * @description Apply what a device did, in one transaction. Safe to send again: an operation counts once, by its id.
         */
        post: operations["apply_changes_api_v1_changes_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/consents": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read Consents
         * @description All consents that were ever given, oldest first.
         */
        get: operations["read_consents_api_v1_consents_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/consents/{purpose}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Give Consent
         * @description Consent to a purpose, in this version of its text.
         */
        put: operations["give_consent_api_v1_consents__purpose__put"];
        post?: never;
        /**
         * Withdraw Consent
         * @description Withdraw a consent. What was stored of the face by it is removed, here and on every device.
         *
         *     `journal`: all spells, and what the face showed after songs. `camera`, `measuring`: the latter, once neither stands.
         *     What you wrote yourself, and the songs, stay; delete them as you like.
         */
        delete: operations["withdraw_consent_api_v1_consents__purpose__delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/journal/entries": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Entries
         * @description What was written down, oldest first.
         */
        get: operations["list_entries_api_v1_journal_entries_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/journal/entries/{key}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read Entry
         * @description One entry.
         */
        get: operations["read_entry_api_v1_journal_entries__key__get"];
        /**
         * Put Entry
         * @description Write an entry under an id of the client's, or replace it; the time may be any that has been.
         */
        put: operations["put_entry_api_v1_journal_entries__key__put"];
        post?: never;
        /**
         * Delete Entry
         * @description Delete an entry.
         */
        delete: operations["delete_entry_api_v1_journal_entries__key__delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/journal/plays": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Plays
         * @description The songs that were given, oldest first.
         */
        get: operations["list_plays_api_v1_journal_plays_get"];
        put?: never;
        /**
         * Add Plays
         * @description Keep songs that a device gave without this service. Safe to send again: one song at one time is one play.
         */
        post: operations["add_plays_api_v1_journal_plays_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/journal/plays/{number}/feedback": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Feed Back
         * @description Note what came of a song: heard, skipped, liked, never again, the emotion corrected.
         */
        put: operations["feed_back_api_v1_journal_plays__number__feedback_put"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/journal/spells": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Spells
         * @description Spells, oldest first.
         */
        get: operations["list_spells_api_v1_journal_spells_get"];
        put?: never;
        /**
         * Add Spells
         * @description Keep a batch of spells. Safe to send again: each is kept once, by its id.
         */
        post: operations["add_spells_api_v1_journal_spells_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/journal/spells/{key}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Delete Spell
         * @description Take a spell out of the journal and its sums.
         */
        delete: operations["delete_spell_api_v1_journal_spells__key__delete"];
        options?: never;
        head?: never;
        /**
         * Correct Spell
         * @description Say which emotion it was.
         */
        patch: operations["correct_spell_api_v1_journal_spells__key__patch"];
        trace?: never;
    };
    "/api/v1/mood": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read Mood
         * @description Valence and arousal over time, and where they changed.
         */
        get: operations["read_mood_api_v1_mood_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/preferences": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read Preferences
         * @description The ticked genres per emotion, and what music shall do in it.
         */
        get: operations["read_preferences_api_v1_preferences_get"];
        /**
         * Set Preferences
         * @description Tick genres, and choose goals, for the emotions in the body; the others stay. None ticked means any song.
         */
        put: operations["set_preferences_api_v1_preferences_put"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/recognize": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Recognize
         * @description The emotions in one picture. It is not kept.
         */
        post: operations["recognize_api_v1_recognize_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/recommendations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Recommend
         * @description A song for a feeling, with the reason; it is kept in the journal as a play.
         */
        post: operations["recommend_api_v1_recommendations_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/session": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Sign In
         * @description Sign in: a cookie, or a token where `bearer` is asked for.
         */
        post: operations["sign_in_api_v1_session_post"];
        /**
         * Sign Out
         * @description Sign this device out.
         */
        delete: operations["sign_out_api_v1_session_delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/sessions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Devices
         * @description The devices that are signed in.
         */
        get: operations["list_devices_api_v1_sessions_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/sessions/{number}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Revoke Device
         * @description Sign one device out.
         */
        delete: operations["revoke_device_api_v1_sessions__number__delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/songs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Search
         * @description Songs of the catalogue that hold, for every word, one that begins so; of Hangul and the like any part.
         */
        get: operations["search_api_v1_songs_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/songs/{song_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read Song
         * @description One song.
         */
        get: operations["read_song_api_v1_songs__song_id__get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/songs/{song_id}/audio": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Stream Song
         * @description The local file of a song, by parts where asked (Range).
         */
        get: operations["stream_song_api_v1_songs__song_id__audio_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/statistics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read Range
         * @description What the days from `first` to `last` add up to.
         */
        get: operations["read_range_api_v1_statistics_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/statistics/{period}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read Period
         * @description What a day, a week from Monday, a month or a year adds up to, in the account's time zone.
         */
        get: operations["read_period_api_v1_statistics__period__get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /** Account */
        Account: {
            /**
             * Created At
             * Format: date-time
             */
            created_at: string;
            /**
             * Database
             * Format: uuid
             * @description which database answers; another one after it was restored
             */
            database: string;
            /** Email */
            email: string | null;
            /** Id */
            id: number;
            /** Language */
            language: string;
            /** Name */
            name: string;
            /** Recovery Codes Left */
            recovery_codes_left: number;
            /** Retention Days */
            retention_days: number;
            /**
             * Sequence
             * @description counts the account's changes
             */
            sequence: number;
            /** Sex */
            sex: number | null;
            /** Username */
            username: string;
            /** Zone */
            zone: string;
        };
        /**
         * AccountChange
         * @description Only what is there is changed.
         */
        AccountChange: {
            /** Email */
            email?: string | null;
            /** Language */
            language?: ("ko" | "en") | null;
            /** Name */
            name?: string | null;
            /** Retention Days */
            retention_days?: number | null;
            /**
             * Sex
             * @description 1 male, 2 female, null not said
             */
            sex?: (1 | 2) | null;
            /** Zone */
            zone?: string | null;
        };
        /** AlternativeAnswer */
        AlternativeAnswer: {
            /** Probability */
            probability: number;
            song: components["schemas"]["SongAnswer"];
        };
        /**
         * ChangeAnswer
         * @description kind, key: what changed. value: as it is now, null where it was deleted.
         */
        ChangeAnswer: {
            /** Deleted */
            deleted: boolean;
            /**
             * Edited At
             * Format: date-time
             */
            edited_at: string;
            /** Key */
            key: string;
            /**
             * Kind
             * @enum {string}
             */
            kind: "spell" | "entry" | "play" | "ban" | "preferences" | "goals" | "settings";
            /** Value */
            value: {
                [key: string]: unknown;
            } | null;
        };
        /**
         * Changes
         * @description next: give it as `after` for what follows. sequence: the account's counter, which never falls.
         */
        Changes: {
            /** Changes */
            changes: components["schemas"]["ChangeAnswer"][];
            /**
             * Database
             * Format: uuid
             */
            database: string;
            /** More */
            more: boolean;
            /** Next */
            next: string;
            /** Sequence */
            sequence: number;
        };
        /** ConsentAnswer */
        ConsentAnswer: {
            /**
             * Given At
             * Format: date-time
             */
            given_at: string;
            /** Purpose */
            purpose: string;
            /** Version */
            version: string;
            /** Withdrawn At */
            withdrawn_at: string | null;
        };
        /** ConsentGiven */
        ConsentGiven: {
            /** Version */
            version: string;
        };
        /** Credentials */
        Credentials: {
            /**
             * Bearer
             * @description Give a token for the Authorization header instead of a cookie
             * @default false
             */
            bearer: boolean;
            /**
             * Device
             * @default
             */
            device: string;
            /** Password */
            password: string;
            /** Username */
            username: string;
        };
        /** DayAnswer */
        DayAnswer: {
            /** Arousal */
            arousal: number | null;
            /**
             * Day
             * Format: date
             */
            day: string;
            /**
             * Emotions
             * @description seconds read from the face
             */
            emotions: {
                [key: string]: number;
            };
            /**
             * Moments
             * @description feelings picked by hand
             */
            moments: {
                [key: string]: number;
            };
            /** Seconds */
            seconds: number;
            /** Valence */
            valence: number | null;
        };
        /** DeviceAnswer */
        DeviceAnswer: {
            /**
             * Created At
             * Format: date-time
             */
            created_at: string;
            /** Current */
            current: boolean;
            /** Device */
            device: string;
            /**
             * Expires At
             * Format: date-time
             */
            expires_at: string;
            /** Id */
            id: number;
            /**
             * Seen At
             * Format: date-time
             */
            seen_at: string;
        };
        /**
         * EmotionSum
         * @description entries: moments that were picked by hand. plays: songs that were offered.
         */
        EmotionSum: {
            /** Emotion */
            emotion: string;
            /** Entries */
            entries: number;
            /** Plays */
            plays: number;
            /** Seconds */
            seconds: number;
            /**
             * Share
             * @description of the seconds of all emotions
             */
            share: number;
            /** Spells */
            spells: number;
        };
        /** EntryAnswer */
        EntryAnswer: {
            /**
             * At
             * Format: date-time
             */
            at: string;
            /** Emotion */
            emotion: string | null;
            /**
             * Id
             * Format: uuid
             */
            id: string;
            /** Note */
            note: string;
            /** Tags */
            tags: {
                [key: string]: string[];
            };
        };
        /** EntryIn */
        EntryIn: {
            /**
             * At
             * Format: date-time
             */
            at: string;
            /** Emotion */
            emotion?: ("neutral" | "happiness" | "surprise" | "sadness" | "anger" | "disgust" | "fear" | "contempt") | null;
            /**
             * Note
             * @default
             */
            note: string;
            /** Tags */
            tags?: {
                [key: string]: string[];
            };
        };
        /** EntryPage */
        EntryPage: {
            /** Entries */
            entries: components["schemas"]["EntryAnswer"][];
            /** Next */
            next: number | null;
        };
        /**
         * FaceAnswer
         * @description See `types.Face`: pixels of the picture, probabilities by name, unclear with its reason.
         */
        FaceAnswer: {
            /** Arousal */
            arousal: number;
            /** Box */
            box: number[];
            /** Confidence */
            confidence: number;
            /** Emotion */
            emotion: string | null;
            /** Landmarks */
            landmarks: number[][];
            /** Landmarks68 */
            landmarks68: number[][] | null;
            /** Probabilities */
            probabilities: {
                [key: string]: number;
            };
            /** Score */
            score: number;
            /** Unclear */
            unclear: string | null;
            /** Valence */
            valence: number;
        };
        /** Faces */
        Faces: {
            /** Faces */
            faces: components["schemas"]["FaceAnswer"][];
        };
        /**
         * FeedbackIn
         * @description What is known so far; what is absent stays. liked: null takes a like or a dislike back.
         *
         *     seconds, duration: as a player measured. played: the share, of clients that know no more; 0 and 1 say nothing, since
         *     version 0.1 sent them without measuring. valence, arousal: after the song minus before, as the client measured
         *     them; kept only while the person
         *     consents to the camera or to measuring.
         */
        FeedbackIn: {
            /** Arousal */
            arousal?: number | null;
            /** Banned */
            banned?: boolean | null;
            /** Corrected */
            corrected?: ("neutral" | "happiness" | "surprise" | "sadness" | "anger" | "disgust" | "fear" | "contempt") | null;
            /** Duration */
            duration?: number | null;
            /** Ended */
            ended?: boolean | null;
            /** Liked */
            liked?: boolean | null;
            /** Opened At */
            opened_at?: string | null;
            /** Played */
            played?: number | null;
            /** Seconds */
            seconds?: number | null;
            /** Skipped */
            skipped?: boolean | null;
            /** Source */
            source?: string | null;
            /** Valence */
            valence?: number | null;
        };
        /** Mood */
        Mood: {
            /** Changes */
            changes: components["schemas"]["MoodChange"][];
            /** Points */
            points: components["schemas"]["MoodPoint"][];
            /**
             * Step
             * @enum {string}
             */
            step: "spell" | "day";
        };
        /**
         * MoodChange
         * @description At `time` the mean of `measure` went from `before` to `after`.
         */
        MoodChange: {
            /** After */
            after: number;
            /** Before */
            before: number;
            /**
             * Measure
             * @enum {string}
             */
            measure: "valence" | "arousal";
            /**
             * Time
             * Format: date-time
             */
            time: string;
        };
        /** MoodPoint */
        MoodPoint: {
            /** Arousal */
            arousal: number;
            /** Emotion */
            emotion: string;
            /** Seconds */
            seconds: number;
            /**
             * Time
             * Format: date-time
             */
            time: string;
            /** Valence */
            valence: number;
        };
        /**
         * Operation
         * @description What a device did to one thing. id: the operation's own; sending it again changes nothing.
         */
        Operation: {
            /**
             * Deleted
             * @default false
             */
            deleted: boolean;
            /**
             * Edited At
             * Format: date-time
             */
            edited_at: string;
            /**
             * Id
             * Format: uuid
             */
            id: string;
            /** Key */
            key: string;
            /**
             * Kind
             * @enum {string}
             */
            kind: "spell" | "entry" | "play" | "ban" | "preferences" | "goals" | "settings";
            /** Value */
            value?: {
                [key: string]: unknown;
            } | null;
        };
        /**
         * OperationResult
         * @description key: under which the thing is kept. code, detail: why it was refused. current: what won over it.
         */
        OperationResult: {
            /** Code */
            code?: string | null;
            current?: components["schemas"]["ChangeAnswer"] | null;
            /** Detail */
            detail?: string | null;
            /**
             * Id
             * Format: uuid
             */
            id: string;
            /** Key */
            key: string;
            /**
             * Status
             * @enum {string}
             */
            status: "applied" | "duplicate" | "superseded" | "refused";
        };
        /** OperationResults */
        OperationResults: {
            /**
             * Database
             * Format: uuid
             */
            database: string;
            /** Results */
            results: components["schemas"]["OperationResult"][];
            /** Sequence */
            sequence: number;
        };
        /** Operations */
        Operations: {
            /** Operations */
            operations: components["schemas"]["Operation"][];
        };
        /** PasswordChange */
        PasswordChange: {
            /** New Password */
            new_password: string;
            /** Password */
            password: string;
        };
        /** PasswordProof */
        PasswordProof: {
            /** Password */
            password: string;
        };
        /**
         * PlayAnswer
         * @description A song that was offered, and what is known of it: null is unknown. id: the service's number; uuid: everybody's.
         *
         *     seconds, duration: as a player measured; played: the share.
         */
        PlayAnswer: {
            /** Artist */
            artist: string;
            /**
             * At
             * Format: date-time
             */
            at: string;
            /** Banned */
            banned: boolean;
            /** Duration */
            duration: number | null;
            /** Emotion */
            emotion: string;
            /** Ended */
            ended: boolean | null;
            /** Goal */
            goal: string | null;
            /** Id */
            id: number;
            /** Liked */
            liked: boolean | null;
            /** Opened At */
            opened_at: string | null;
            /** Played */
            played: number | null;
            /** Seconds */
            seconds: number | null;
            /** Skipped */
            skipped: boolean;
            /** Song */
            song: string;
            /** Source */
            source: string | null;
            /** Title */
            title: string;
            /**
             * Uuid
             * Format: uuid
             */
            uuid: string;
            /** Video Id */
            video_id: string | null;
        };
        /**
         * PlayIn
         * @description A song that a device gave by itself, from the starter catalogue; sent again, it brings what is new of it.
         */
        PlayIn: {
            /**
             * Artist
             * @default
             */
            artist: string;
            /**
             * At
             * Format: date-time
             */
            at: string;
            /**
             * Banned
             * @default false
             */
            banned: boolean;
            /**
             * Emotion
             * @enum {string}
             */
            emotion: "neutral" | "happiness" | "surprise" | "sadness" | "anger" | "disgust" | "fear" | "contempt";
            /** Goal */
            goal?: ("match" | "lift" | "calm") | null;
            /** Liked */
            liked?: boolean | null;
            /** Played */
            played?: number | null;
            /**
             * Skipped
             * @default false
             */
            skipped: boolean;
            /** Title */
            title: string;
        };
        /** PlayPage */
        PlayPage: {
            /** Next */
            next: number | null;
            /** Plays */
            plays: components["schemas"]["PlayAnswer"][];
        };
        /** PlaysIn */
        PlaysIn: {
            /** Plays */
            plays: components["schemas"]["PlayIn"][];
        };
        /**
         * PlaysKept
         * @description stored: new. known: were there already. unknown: songs that neither the catalogue nor the starter catalogue has.
         *     expired: older than the retention. The last two are not kept.
         */
        PlaysKept: {
            /** Expired */
            expired: number;
            /** Known */
            known: number;
            /** Stored */
            stored: number;
            /** Unknown */
            unknown: number;
        };
        /**
         * Preferences
         * @description Genres (1 classic, 2 jazz, 3 pop, 4 trot, 5 idol, 6 rock, 7 ballad, 8 game, 9 hiphop, 10 extra) per emotion.
         *
         *     goals: what music shall do in an emotion where a request does not say it. What is not named stays.
         */
        Preferences: {
            /** Genres */
            genres?: {
                [key: string]: number[];
            };
            /** Goals */
            goals?: {
                [key: string]: "match" | "lift" | "calm";
            };
        };
        /**
         * PreferencesAnswer
         * @description goals: of every emotion, those that nobody chose as the service has them set.
         */
        PreferencesAnswer: {
            /** Genres */
            genres: {
                [key: string]: number[];
            };
            /** Goals */
            goals: {
                [key: string]: string;
            };
        };
        /**
         * Problem
         * @description RFC 9457: what went wrong. `code` is stable, `detail` is for people.
         */
        Problem: {
            /** Code */
            code: string;
            /** Detail */
            detail: string;
            /** Errors */
            errors?: {
                [key: string]: string;
            }[];
            /**
             * Request Id
             * @default null
             */
            request_id: string | null;
            /** Status */
            status: number;
            /** Title */
            title: string;
        };
        /**
         * RecommendationAnswer
         * @description play: send feedback to /api/v1/journal/plays/{play}/feedback. probability: with which it was drawn.
         */
        RecommendationAnswer: {
            /** Alternatives */
            alternatives: components["schemas"]["AlternativeAnswer"][];
            /** Motive */
            motive: string;
            /** Play */
            play: number;
            /** Policy */
            policy: string;
            /** Probability */
            probability: number;
            /** Reason */
            reason: string;
            song: components["schemas"]["SongAnswer"];
            /**
             * Uuid
             * Format: uuid
             * @description of the play, on every device
             */
            uuid: string;
        };
        /**
         * RecommendationIn
         * @description An emotion picked by hand, or eight probabilities.
         *
         *     goal: the person's own for this emotion (see preferences) unless given. step: songs already given on the way to
         *     it; counted from the journal unless given.
         */
        RecommendationIn: {
            /** Emotion */
            emotion?: ("neutral" | "happiness" | "surprise" | "sadness" | "anger" | "disgust" | "fear" | "contempt") | null;
            /** Goal */
            goal?: ("match" | "lift" | "calm") | null;
            /** Probabilities */
            probabilities?: number[] | null;
            /** Step */
            step?: number | null;
            /**
             * Videos Only
             * @description Only songs whose video is known
             * @default false
             */
            videos_only: boolean;
        };
        /**
         * Recovered
         * @description username: whom to sign in as, where that was forgotten too.
         */
        Recovered: {
            /**
             * Device Key
             * @description 32 bytes as base64, always the same: locks what this device keeps
             */
            device_key: string;
            /** Username */
            username: string;
        };
        /**
         * Recovery
         * @description The code alone says whose account it is.
         */
        Recovery: {
            /** Code */
            code: string;
            /** New Password */
            new_password: string;
        };
        /** RecoveryCodes */
        RecoveryCodes: {
            /** Recovery Codes */
            recovery_codes: string[];
        };
        /** Registered */
        Registered: {
            account: components["schemas"]["Account"];
            /**
             * Device Key
             * @description 32 bytes as base64, always the same: locks what this device keeps
             */
            device_key: string;
            /**
             * Recovery Codes
             * @description Each works once. They are shown only now.
             */
            recovery_codes: string[];
        };
        /** Registration */
        Registration: {
            /**
             * Device
             * @default
             */
            device: string;
            /** Email */
            email?: string | null;
            /**
             * Language
             * @default ko
             * @enum {string}
             */
            language: "ko" | "en";
            /** Name */
            name?: string | null;
            /** Password */
            password: string;
            /**
             * Sex
             * @description 1 male, 2 female, null not said
             */
            sex?: (1 | 2) | null;
            /** Username */
            username: string;
            /** Zone */
            zone?: string | null;
        };
        /** SessionAnswer */
        SessionAnswer: {
            account: components["schemas"]["Account"];
            /**
             * Device Key
             * @description 32 bytes as base64, always the same: locks what this device keeps
             */
            device_key: string;
            /** Token */
            token: string | null;
        };
        /**
         * SongAnswer
         * @description watch_url: where it can be heard, a search while no video is known. embed_url: YouTube's player without
         *     cookies. audio_url: a local file, streamed by this service.
         */
        SongAnswer: {
            /** Artist */
            artist: string;
            /** Audio Url */
            audio_url: string | null;
            /** Duration */
            duration: number | null;
            /** Embed Url */
            embed_url: string | null;
            /** Genre */
            genre: number;
            /** Id */
            id: string;
            /** Language */
            language: string | null;
            /** Moods */
            moods: string[];
            /** Title */
            title: string;
            /** Video Id */
            video_id: string | null;
            /** Watch Url */
            watch_url: string;
        };
        /** SongList */
        SongList: {
            /** Songs */
            songs: components["schemas"]["SongAnswer"][];
        };
        /** SpellAnswer */
        SpellAnswer: {
            /** Arousal */
            arousal: number;
            /** Emotion */
            emotion: string;
            /**
             * End
             * Format: date-time
             */
            end: string;
            /**
             * Id
             * Format: uuid
             */
            id: string;
            /** Probabilities */
            probabilities: number[];
            /** Read Arousal */
            read_arousal: number;
            /**
             * Read Emotion
             * @description what was read, where the person corrected it
             */
            read_emotion: string | null;
            /**
             * Read Valence
             * @description as measured; valence is that of what counts
             */
            read_valence: number;
            /** Readings */
            readings: number;
            /**
             * Start
             * Format: date-time
             */
            start: string;
            /** Unclear Share */
            unclear_share: number;
            /** Valence */
            valence: number;
        };
        /** SpellChange */
        SpellChange: {
            /**
             * Emotion
             * @enum {string}
             */
            emotion: "neutral" | "happiness" | "surprise" | "sadness" | "anger" | "disgust" | "fear" | "contempt";
        };
        /**
         * SpellIn
         * @description A stretch of one emotion. id: the client's; sending it again changes nothing.
         */
        SpellIn: {
            /**
             * Emotion
             * @enum {string}
             */
            emotion: "neutral" | "happiness" | "surprise" | "sadness" | "anger" | "disgust" | "fear" | "contempt";
            /**
             * End
             * Format: date-time
             */
            end: string;
            /**
             * Id
             * Format: uuid
             */
            id: string;
            /** Probabilities */
            probabilities: number[];
            /** Readings */
            readings: number;
            /**
             * Start
             * Format: date-time
             */
            start: string;
            /** Unclear Share */
            unclear_share: number;
        };
        /**
         * SpellPage
         * @description next: give it as `after` for the following page; null at the end.
         */
        SpellPage: {
            /** Next */
            next: number | null;
            /** Spells */
            spells: components["schemas"]["SpellAnswer"][];
        };
        /** Spells */
        Spells: {
            /** Spells */
            spells: components["schemas"]["SpellIn"][];
        };
        /**
         * SpellsKept
         * @description stored: new. known: were there already. expired: older than the retention, not kept.
         */
        SpellsKept: {
            /** Expired */
            expired: number;
            /** Known */
            known: number;
            /** Stored */
            stored: number;
        };
        /**
         * Statistics
         * @description first, last: days, both counted. valence, arousal: means over the seconds, null where there are none.
         */
        Statistics: {
            /** Arousal */
            arousal: number | null;
            /** Days */
            days: components["schemas"]["DayAnswer"][];
            /** Emotions */
            emotions: components["schemas"]["EmotionSum"][];
            /** Entries */
            entries: number;
            /**
             * First
             * Format: date
             */
            first: string;
            /**
             * Last
             * Format: date
             */
            last: string;
            /** Plays */
            plays: number;
            /** Seconds */
            seconds: number;
            /** Spells */
            spells: number;
            /** Unclear Share */
            unclear_share: number;
            /** Valence */
            valence: number | null;
            /** Zone */
            zone: string;
        };
        /**
         * Withdrawn
         * @description What was removed: spells, and plays of which it was forgotten what the face showed after them.
         */
        Withdrawn: {
            /** Measurements */
            measurements: number;
            /** Spells */
            spells: number;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    read_account_api_v1_account_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Account"];
                };
            };
            /** @description Bad request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not signed in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    register_api_v1_account_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Registration"];
            };
        };
        responses: {
            /** @description Successful Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Registered"];
                };
            };
            /** @description Bad request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Conflict */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Invalid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    change_account_api_v1_account_patch: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AccountChange"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Account"];
                };
            };
            /** @description Bad request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not signed in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Conflict */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Invalid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    delete_account_api_v1_account_deletion_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PasswordProof"];
            };
        };
        responses: {
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Bad request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not signed in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Invalid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    export_account_api_v1_account_export_get: {
        parameters: {
            query?: {
                format?: "json" | "csv";
                /** @description of CSV */
                table?: "spells" | "entries" | "plays" | "days";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description All one's data */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": unknown;
                    "text/csv": unknown;
                };
            };
            /** @description Bad request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not signed in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Invalid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    change_password_api_v1_account_password_put: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PasswordChange"];
            };
        };
        responses: {
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Bad request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not signed in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Invalid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    recover_api_v1_account_recovery_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Recovery"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Recovered"];
                };
            };
            /** @description Bad request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not signed in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Invalid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    renew_recovery_api_v1_account_recovery_codes_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PasswordProof"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RecoveryCodes"];
                };
            };
            /** @description Bad request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not signed in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Invalid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_bans_api_v1_bans_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SongList"];
                };
            };
            /** @description Bad request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not signed in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    ban_api_v1_bans__song_id__put: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                song_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Bad request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not signed in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Invalid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    lift_ban_api_v1_bans__song_id__delete: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                song_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Bad request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not signed in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Invalid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    read_changes_api_v1_changes_get: {
        parameters: {
            query?: {
                /** @description `next` of the answer before */
                after?: string | null;
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Changes"];
                };
            };
            /** @description Bad request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not signed in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Gone */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Invalid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    apply_changes_api_v1_changes_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Operations"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OperationResults"];
                };
            };
            /** @description Bad request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not signed in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Gone */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Invalid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    read_consents_api_v1_consents_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ConsentAnswer"][];
                };
            };
            /** @description Bad request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not signed in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    give_consent_api_v1_consents__purpose__put: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                purpose: "camera" | "journal" | "measuring" | "reminders";
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ConsentGiven"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ConsentAnswer"];
                };
            };
            /** @description Bad request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not signed in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Invalid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    withdraw_consent_api_v1_consents__purpose__delete: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                purpose: "camera" | "journal" | "measuring" | "reminders";
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Withdrawn"];
                };
            };
            /** @description Bad request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not signed in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Invalid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_entries_api_v1_journal_entries_get: {
        parameters: {
            query?: {
                /** @description not before */
                from?: string | null;
                /** @description before */
                until?: string | null;
                emotion?: ("neutral" | "happiness" | "surprise" | "sadness" | "anger" | "disgust" | "fear" | "contempt") | null;
                /** @description only entries with this word */
                tag?: string | null;
                /** @description `next` of the page before */
                after?: number | null;
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EntryPage"];
                };
            };
            /** @description Bad request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not signed in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Invalid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    read_entry_api_v1_journal_entries__key__get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                key: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EntryAnswer"];
                };
            };
            /** @description Bad request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not signed in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Invalid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    put_entry_api_v1_journal_entries__key__put: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                key: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["EntryIn"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EntryAnswer"];
                };
            };
            /** @description It is new */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EntryAnswer"];
                };
            };
            /** @description Bad request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not signed in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Invalid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    delete_entry_api_v1_journal_entries__key__delete: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                key: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Bad request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not signed in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Invalid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_plays_api_v1_journal_plays_get: {
        parameters: {
            query?: {
                /** @description not before */
                from?: string | null;
                /** @description before */
                until?: string | null;
                emotion?: ("neutral" | "happiness" | "surprise" | "sadness" | "anger" | "disgust" | "fear" | "contempt") | null;
                /** @description `next` of the page before */
                after?: number | null;
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PlayPage"];
                };
            };
            /** @description Bad request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not signed in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Invalid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    add_plays_api_v1_journal_plays_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PlaysIn"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PlaysKept"];
                };
            };
            /** @description Bad request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not signed in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Invalid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    feed_back_api_v1_journal_plays__number__feedback_put: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                number: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["FeedbackIn"];
            };
        };
        responses: {
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Bad request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not signed in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Invalid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_spells_api_v1_journal_spells_get: {
        parameters: {
            query?: {
                /** @description not before */
                from?: string | null;
                /** @description before */
                until?: string | null;
                emotion?: ("neutral" | "happiness" | "surprise" | "sadness" | "anger" | "disgust" | "fear" | "contempt") | null;
                /** @description `next` of the page before */
                after?: number | null;
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SpellPage"];
                };
            };
            /** @description Bad request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not signed in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Invalid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    add_spells_api_v1_journal_spells_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Spells"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SpellsKept"];
                };
            };
            /** @description Bad request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not signed in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Invalid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    delete_spell_api_v1_journal_spells__key__delete: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                key: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Bad request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not signed in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Invalid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    correct_spell_api_v1_journal_spells__key__patch: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                key: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SpellChange"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SpellAnswer"];
                };
            };
            /** @description Bad request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not signed in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Invalid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    read_mood_api_v1_mood_get: {
        parameters: {
            query: {
                first: string;
                last: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Mood"];
                };
            };
            /** @description Bad request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not signed in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Invalid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    read_preferences_api_v1_preferences_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PreferencesAnswer"];
                };
            };
            /** @description Bad request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not signed in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    set_preferences_api_v1_preferences_put: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Preferences"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PreferencesAnswer"];
                };
            };
            /** @description Bad request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not signed in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Invalid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    recognize_api_v1_recognize_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/octet-stream": string;
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Faces"];
                };
            };
            /** @description Bad request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Invalid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    recommend_api_v1_recommendations_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RecommendationIn"];
            };
        };
        responses: {
            /** @description Successful Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RecommendationAnswer"];
                };
            };
            /** @description Bad request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not signed in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Invalid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    sign_in_api_v1_session_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Credentials"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SessionAnswer"];
                };
            };
            /** @description Bad request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not signed in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Invalid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    sign_out_api_v1_session_delete: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Bad request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not signed in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_devices_api_v1_sessions_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeviceAnswer"][];
                };
            };
            /** @description Bad request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not signed in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    revoke_device_api_v1_sessions__number__delete: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                number: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Bad request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not signed in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Invalid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    search_api_v1_songs_get: {
        parameters: {
            query?: {
                /** @description words of the title or the artist */
                q?: string;
                genre?: number | null;
                limit?: number;
                offset?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SongList"];
                };
            };
            /** @description Bad request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not signed in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Invalid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    read_song_api_v1_songs__song_id__get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                song_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SongAnswer"];
                };
            };
            /** @description Bad request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not signed in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Invalid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    stream_song_api_v1_songs__song_id__audio_get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                song_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The file */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "audio/*": unknown;
                };
            };
            /** @description A part of it */
            206: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "audio/*": unknown;
                };
            };
            /** @description Bad request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not signed in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No such part */
            416: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/plain": unknown;
                };
            };
            /** @description Invalid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    read_range_api_v1_statistics_get: {
        parameters: {
            query: {
                first: string;
                last: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Statistics"];
                };
            };
            /** @description Bad request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not signed in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Invalid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    read_period_api_v1_statistics__period__get: {
        parameters: {
            query?: {
                /** @description any day in it; today unless given */
                day?: string | null;
            };
            header?: never;
            path: {
                period: "day" | "week" | "month" | "year";
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Statistics"];
                };
            };
            /** @description Bad request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not signed in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Invalid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
}
