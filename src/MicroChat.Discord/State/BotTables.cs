using MicroChat.Feedback.Sqlite;

namespace MicroChat.Discord.State;

/// <summary>
/// What the bot must remember over a restart, beside the feedback store: which messages it has taken on, and how far each channel was read. No texts;
/// persons stand as pseudonyms of the feedback store, times are milliseconds since 1970 (UTC).
/// </summary>
internal static class BotTables
{
    /// <summary>Name of the database in a data folder.</summary>
    public const string DefaultFileName = "discord.db";

    /// <summary>"MCDB".</summary>
    private const int ApplicationId = 0x4D434442;

    public static SqliteTables Tables { get; } = new(ApplicationId, "state of the Discord bot", [
        """
        CREATE TABLE cursors (channel TEXT PRIMARY KEY, guild TEXT NOT NULL, message BIGINT NOT NULL);
        CREATE TABLE turns (
            id TEXT PRIMARY KEY, guild TEXT NOT NULL, channel TEXT NOT NULL, person TEXT NOT NULL, state INTEGER NOT NULL, exchange TEXT, time BIGINT NOT NULL);
        CREATE INDEX turns_state ON turns (state, time);
        CREATE INDEX turns_person ON turns (person);
        CREATE INDEX turns_exchange ON turns (exchange);
        CREATE TABLE turn_messages (id TEXT PRIMARY KEY, turn TEXT NOT NULL REFERENCES turns (id), part INTEGER NOT NULL);  -- part: -1 a question, else of the reply
        CREATE INDEX turn_messages_turn ON turn_messages (turn, part);
        CREATE TABLE heads (place TEXT PRIMARY KEY, exchange TEXT NOT NULL);
        CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL);
        CREATE TABLE votes (
            number INTEGER PRIMARY KEY AUTOINCREMENT, exchange TEXT NOT NULL, message TEXT NOT NULL, person TEXT NOT NULL, source TEXT NOT NULL,
            value INTEGER NOT NULL, created BIGINT NOT NULL, UNIQUE (message, person, source));
        CREATE INDEX votes_exchange ON votes (exchange, person);
        CREATE INDEX votes_person ON votes (person);
        """,
    ]);
}
