using System.Text.Json.Nodes;

namespace MicroChat.Discord.Simulator;

/// <summary>A refusal with Discord's HTTP status, error code and message.</summary>
internal sealed class DiscordFault(int status, int code, string message, JsonObject? errors = null) : Exception(message)
{
    public int Status { get; } = status;

    public int Code { get; } = code;

    /// <summary>The tree of field errors that comes with 50035.</summary>
    public JsonObject? Errors { get; } = errors;

    public static DiscordFault NotFound => new(404, 0, "404: Not Found");

    public static DiscordFault Unauthorized => new(401, 0, "401: Unauthorized");

    public static DiscordFault UnknownChannel => new(404, 10003, "Unknown Channel");

    public static DiscordFault UnknownGuild => new(404, 10004, "Unknown Guild");

    public static DiscordFault UnknownMember => new(404, 10007, "Unknown Member");

    public static DiscordFault UnknownMessage => new(404, 10008, "Unknown Message");

    public static DiscordFault UnknownRole => new(404, 10011, "Unknown Role");

    public static DiscordFault UnknownUser => new(404, 10013, "Unknown User");

    public static DiscordFault UnknownEmoji => new(400, 10014, "Unknown Emoji");

    public static DiscordFault UnknownWebhook => new(404, 10015, "Unknown Webhook");

    public static DiscordFault UnknownInteraction => new(404, 10062, "Unknown interaction");

    public static DiscordFault UnknownCommand => new(404, 10063, "Unknown application command");

    public static DiscordFault TooManyReactions => new(403, 30010, "Maximum number of reactions reached (20)");

    public static DiscordFault TooLarge => new(413, 40005, "Request entity too large");

    public static DiscordFault AlreadyAcknowledged => new(400, 40060, "Interaction has already been acknowledged.");

    public static DiscordFault MissingAccess => new(403, 50001, "Missing Access");

    public static DiscordFault NotInDirectMessages => new(403, 50003, "Cannot execute action on a DM channel");

    public static DiscordFault NotYourMessage => new(403, 50005, "Cannot edit a message authored by another user");

    public static DiscordFault EmptyMessage => new(400, 50006, "Cannot send an empty message");

    public static DiscordFault RefusesMessages => new(403, 50007, "Cannot send messages to this user");

    public static DiscordFault NotInVoiceOrForum => new(400, 50008, "Cannot send messages in a non-text channel");

    public static DiscordFault MissingPermissions => new(403, 50013, "Missing Permissions");

    public static DiscordFault SystemMessage => new(403, 50021, "Cannot execute action on a system message");

    public static DiscordFault WrongChannelType => new(400, 50024, "Cannot execute action on this channel type");

    public static DiscordFault InvalidWebhookToken => new(401, 50027, "Invalid Webhook Token");

    public static DiscordFault ThreadArchived => new(400, 50083, "Thread is archived");

    public static DiscordFault InvalidJson => new(400, 50109, "The request body contains invalid JSON.");

    public static DiscordFault ThreadExists => new(400, 160004, "A thread has already been created for this message");

    public static DiscordFault ThreadLocked => new(403, 160005, "Thread is locked");

    /// <summary>One field is wrong.</summary>
    public static DiscordFault Invalid(string path, string code, string message)
    {
        var errors = new Rest.FormErrors();
        errors.Add(path, code, message);
        return errors.ToFault();
    }

    /// <summary>The body that Discord answers with.</summary>
    public JsonObject ToJson()
    {
        var json = new JsonObject { ["message"] = Message, ["code"] = Code };
        if (Errors is not null)
        {
            json["errors"] = Errors.DeepClone();
        }
        return json;
    }
}
