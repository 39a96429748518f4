namespace MicroChat.Discord.Simulator.Gateway;

/// <summary>Gateway opcodes.</summary>
internal static class Opcode
{
    public const int Dispatch = 0;
    public const int Heartbeat = 1;
    public const int Identify = 2;
    public const int PresenceUpdate = 3;
    public const int VoiceStateUpdate = 4;
    public const int Resume = 6;
    public const int Reconnect = 7;
    public const int RequestGuildMembers = 8;
    public const int InvalidSession = 9;
    public const int Hello = 10;
    public const int HeartbeatAck = 11;
    public const int RequestSoundboardSounds = 31;
    public const int RequestChannelInfo = 43;

    /// <summary>The name under which the journal lists a frame.</summary>
    public static string Name(int code) => code switch
    {
        Heartbeat => "HEARTBEAT",
        Identify => "IDENTIFY",
        PresenceUpdate => "PRESENCE_UPDATE",
        VoiceStateUpdate => "VOICE_STATE_UPDATE",
        Resume => "RESUME",
        RequestGuildMembers => "REQUEST_GUILD_MEMBERS",
        RequestSoundboardSounds => "REQUEST_SOUNDBOARD_SOUNDS",
        RequestChannelInfo => "REQUEST_CHANNEL_INFO",
        _ => $"op {code}",
    };
}
