namespace MicroChat.Discord.Routing;

/// <summary>Which messages of a place the bot answers; each mode includes those before it.</summary>
public enum ChannelMode
{
    /// <summary>None; commands are refused as well.</summary>
    Off,

    /// <summary>Those that mention it.</summary>
    Mention,

    /// <summary>Also replies to its messages, and in a thread where it was mentioned once, every message that is not for somebody else.</summary>
    Reply,

    /// <summary>Also: a mention in a channel opens a thread, where it goes on without mentions.</summary>
    Thread,

    /// <summary>Every message that is not for somebody else.</summary>
    Free,
}
