namespace MicroChat.Discord.Simulator.World;

/// <summary>Discord's channel types, as far as they hold messages.</summary>
public enum SimChannelType
{
    Text = 0,
    Direct = 1,
    Category = 4,
    Announcement = 5,
    AnnouncementThread = 10,
    PublicThread = 11,
    PrivateThread = 12,
    Forum = 15,
    Media = 16,
}
