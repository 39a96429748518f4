namespace MicroChat.Discord.Client.Gateway;

/// <summary>What to do after the gateway closed.</summary>
internal enum AfterClose
{
    Resume,
    NewSession,
    Stop,
}

/// <summary>What a close code of the gateway means.</summary>
/// <param name="After">What to do.</param>
/// <param name="Meaning">For people; where nothing helps but a change of settings, the exact one.</param>
/// <remarks>Source: Discord API, topics/opcodes-and-status-codes, "Gateway Close Event Codes".</remarks>
internal sealed record CloseVerdict(AfterClose After, string Meaning)
{
    /// <summary>The verdict on a code; null: the connection ended without one.</summary>
    public static CloseVerdict Of(int? code) => code switch
    {
        4000 => new(AfterClose.Resume, "Discord had an unknown error"),
        4001 => new(AfterClose.Resume, "Discord did not know an opcode that was sent"),
        4002 => new(AfterClose.Resume, "Discord could not read a payload that was sent"),
        4003 => new(AfterClose.Resume, "something was sent before the session had begun"),
        4004 => new(AfterClose.Stop, "Discord does not accept the token. Make a new one (developer portal, page Bot, \"Reset Token\"), set MICROCHAT_Discord__Token and start again."),
        4005 => new(AfterClose.Resume, "the session had begun already"),
        4007 => new(AfterClose.NewSession, "the session could not be resumed at this point"),
        4008 => new(AfterClose.Resume, "too many payloads were sent"),
        4009 => new(AfterClose.NewSession, "the session has timed out"),
        4010 => new(AfterClose.Stop, "Discord does not accept the shard. Set Discord:Shards to 0, so that Discord says how many there are, and start again."),
        4011 => new(AfterClose.Stop, "the bot is in too many guilds for this number of shards. Set Discord:Shards to 0, so that Discord says how many are needed, and start again."),
        4012 => new(AfterClose.Stop, "the server does not speak version 10 of the gateway. Correct Discord:ApiBase and Discord:Gateway, or use a newer MicroChat."),
        4013 => new(AfterClose.Stop, "the server does not know the intents that were asked for. Set Discord:MessageContent and Discord:Members to false, or use a newer MicroChat."),
        4014 => new(AfterClose.Stop,
            "the bot asks for privileged intents that it was not given. Developer portal, page Bot, \"Privileged Gateway Intents\": switch on \"Message Content Intent\" " +
            "(and \"Server Members Intent\" if Discord:Members is true); or set Discord:MessageContent=false, and the bot reads mentions, replies to it and direct messages only."),
        null => new(AfterClose.Resume, "the connection was lost"),
        _ => new(AfterClose.Resume, "the server closed"),
    };
}
