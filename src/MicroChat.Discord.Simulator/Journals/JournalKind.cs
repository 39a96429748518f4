namespace MicroChat.Discord.Simulator.Journals;

/// <summary>What a journal entry is about.</summary>
public enum JournalKind
{
    /// <summary>A request over HTTP.</summary>
    Rest,

    /// <summary>A frame that the bot sent over the gateway; heartbeats apart.</summary>
    Frame,

    Heartbeat,

    /// <summary>A gateway connection was opened.</summary>
    Connected,

    /// <summary>A gateway connection ended.</summary>
    Closed,
}
