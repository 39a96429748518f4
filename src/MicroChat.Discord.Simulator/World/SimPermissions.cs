namespace MicroChat.Discord.Simulator.World;

/// <summary>Discord's permission bits, as far as a bot that writes meets them.</summary>
[Flags]
public enum SimPermissions : ulong
{
    None = 0,
    KickMembers = 1UL << 1,
    Administrator = 1UL << 3,
    ManageChannels = 1UL << 4,
    ManageGuild = 1UL << 5,
    AddReactions = 1UL << 6,
    ViewChannel = 1UL << 10,
    SendMessages = 1UL << 11,
    SendTtsMessages = 1UL << 12,
    ManageMessages = 1UL << 13,
    EmbedLinks = 1UL << 14,
    AttachFiles = 1UL << 15,
    ReadMessageHistory = 1UL << 16,
    MentionEveryone = 1UL << 17,
    UseExternalEmojis = 1UL << 18,
    ManageRoles = 1UL << 28,
    ManageWebhooks = 1UL << 29,
    UseApplicationCommands = 1UL << 31,
    ManageThreads = 1UL << 34,
    CreatePublicThreads = 1UL << 35,
    CreatePrivateThreads = 1UL << 36,
    SendMessagesInThreads = 1UL << 38,
    SendPolls = 1UL << 49,
    PinMessages = 1UL << 51,

    /// <summary>What @everyone has in a new server.</summary>
    Usual = AddReactions | ViewChannel | SendMessages | EmbedLinks | AttachFiles | ReadMessageHistory | MentionEveryone | UseExternalEmojis
        | UseApplicationCommands | CreatePublicThreads | CreatePrivateThreads | SendMessagesInThreads | SendPolls,

    All = (1UL << 53) - 1,
}
