namespace MicroChat.Feedback.Sqlite;

/// <summary>What a database is, and how its tables come about.</summary>
/// <param name="ApplicationId">Stands in the header of the file and tells it from any other SQLite file.</param>
/// <param name="Name">For messages: "feedback store".</param>
/// <param name="Steps">From each version to the next; a step that was released is never edited.</param>
internal sealed record SqliteTables(int ApplicationId, string Name, IReadOnlyList<string> Steps)
{
    public int Version => Steps.Count;
}

/// <summary>
/// The tables of the feedback store, as a list of steps from each version to the next. A step that was released is never edited. Times are milliseconds since 1970 (UTC),
/// ids are text, columns marked "sealed" hold ciphertexts.
/// </summary>
internal static class SqliteSchema
{
    /// <summary>"MCFB", in the header of the file: tells a feedback store from any other SQLite file.</summary>
    public const int ApplicationId = 0x4D434642;

    public static int Version => Steps.Count;

    public static SqliteTables Tables => new(ApplicationId, "feedback store", Steps);

    public static IReadOnlyList<string> Steps { get; } =
    [
        """
        CREATE TABLE meta (name TEXT PRIMARY KEY, value BLOB NOT NULL);
        CREATE TABLE exchanges (
            id TEXT PRIMARY KEY, conversation TEXT NOT NULL, parent TEXT, earlier INTEGER, platform TEXT NOT NULL, server TEXT NOT NULL, channel TEXT NOT NULL,
            thread TEXT NOT NULL, person TEXT NOT NULL, origin INTEGER NOT NULL, model TEXT NOT NULL, sampling TEXT NOT NULL, seed BIGINT,
            time BIGINT NOT NULL, status INTEGER, reply_time BIGINT, context_erased INTEGER NOT NULL DEFAULT 0,
            system_prompt BLOB, prompt BLOB, prompt_tokens BLOB, reply BLOB, reply_tokens BLOB, log_probabilities BLOB);  -- sealed
        CREATE INDEX exchanges_conversation ON exchanges (conversation, time);
        CREATE INDEX exchanges_parent ON exchanges (parent);
        CREATE INDEX exchanges_person ON exchanges (person, time);
        CREATE INDEX exchanges_place ON exchanges (platform, server, channel, thread);
        CREATE INDEX exchanges_time ON exchanges (time, id);
        CREATE TABLE participants (exchange TEXT NOT NULL REFERENCES exchanges (id), person TEXT NOT NULL, PRIMARY KEY (exchange, person));
        CREATE INDEX participants_person ON participants (person);
        CREATE TABLE messages (
            platform TEXT NOT NULL, id TEXT NOT NULL, exchange TEXT NOT NULL REFERENCES exchanges (id), is_reply INTEGER NOT NULL, number BIGINT NOT NULL,
            PRIMARY KEY (platform, id));
        CREATE INDEX messages_exchange ON messages (exchange);
        CREATE TABLE ratings (
            id TEXT PRIMARY KEY, exchange TEXT NOT NULL REFERENCES exchanges (id), person TEXT NOT NULL, value INTEGER NOT NULL, reason INTEGER,
            comment BLOB, time BIGINT NOT NULL, UNIQUE (exchange, person));  -- comment sealed
        CREATE INDEX ratings_person ON ratings (person);
        CREATE TABLE raters (person TEXT PRIMARY KEY, first_seen BIGINT NOT NULL, account_created BIGINT);
        CREATE TABLE comparisons (id TEXT PRIMARY KEY, time BIGINT NOT NULL);
        CREATE INDEX comparisons_time ON comparisons (time, id);
        CREATE TABLE candidates (
            comparison TEXT NOT NULL REFERENCES comparisons (id), position INTEGER NOT NULL, exchange TEXT NOT NULL REFERENCES exchanges (id),
            PRIMARY KEY (comparison, position));
        CREATE INDEX candidates_exchange ON candidates (exchange);
        CREATE TABLE answers (
            id TEXT PRIMARY KEY, comparison TEXT NOT NULL REFERENCES comparisons (id), person TEXT NOT NULL, outcome INTEGER NOT NULL,
            tiers TEXT NOT NULL, time BIGINT NOT NULL, UNIQUE (comparison, person));  -- tiers: a digit or letter per candidate as shown, 0 is best
        CREATE INDEX answers_person ON answers (person);
        CREATE TABLE consents (
            person TEXT NOT NULL, server TEXT NOT NULL, state INTEGER NOT NULL, text_version TEXT NOT NULL, time BIGINT NOT NULL, PRIMARY KEY (person, server));
        CREATE TABLE tombstones (number INTEGER PRIMARY KEY AUTOINCREMENT, kind INTEGER NOT NULL, id TEXT NOT NULL, reason INTEGER NOT NULL, time BIGINT NOT NULL);
        CREATE INDEX tombstones_id ON tombstones (id);
        """,
        """
        CREATE TABLE server_policies (
            platform TEXT NOT NULL, server TEXT NOT NULL, content INTEGER NOT NULL, text_version TEXT NOT NULL, time BIGINT NOT NULL,
            PRIMARY KEY (platform, server));
        CREATE TABLE snapshots (id TEXT PRIMARY KEY, time BIGINT NOT NULL, last_tombstone BIGINT NOT NULL);
        """,
        """
        ALTER TABLE comparisons ADD COLUMN known_best TEXT;
        """,
    ];
}
