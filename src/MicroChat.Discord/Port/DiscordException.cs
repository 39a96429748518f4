using System.Net;

namespace MicroChat.Discord.Port;

/// <summary>Discord refused an action, or could not be reached. The message never holds tokens or texts of people.</summary>
/// <param name="message">What failed, with which code, and what to do.</param>
/// <param name="status">HTTP status; null: no answer came.</param>
/// <param name="code">Discord's code, see <see cref="DiscordErrorCode"/>; 0: none.</param>
/// <param name="inner">The cause.</param>
public sealed class DiscordException(string message, HttpStatusCode? status, int code, Exception? inner) : Exception(message, inner)
{
    /// <summary>HTTP status; null: no answer came.</summary>
    public HttpStatusCode? Status { get; } = status;

    /// <summary>Discord's code; 0: none.</summary>
    public int Code { get; } = code;

    /// <summary>The same may succeed later; the port has tried several times already.</summary>
    public bool MayRetry { get; init; }

    /// <summary>Nobody knows whether it was done: the answer was lost. With the same nonce a message can be sent again safely.</summary>
    public bool OutcomeUnknown { get; init; }

    /// <summary>How long to wait before trying again; null: not said.</summary>
    public TimeSpan? RetryAfter { get; init; }
}

/// <summary>Codes of Discord that the bot acts upon.</summary>
/// <remarks>Source: Discord API, topics/opcodes-and-status-codes, "JSON error codes".</remarks>
public static class DiscordErrorCode
{
    public const int UnknownChannel = 10003, UnknownGuild = 10004, UnknownMessage = 10008, UnknownUser = 10013, UnknownWebhook = 10015, UnknownInteraction = 10062;

    public const int TooManyReactions = 30010, TooManyOldEdits = 30046;

    public const int CannotOpenDirect = 40003, AlreadyAcknowledged = 40060;

    public const int MissingAccess = 50001, NotOwnMessage = 50005, EmptyMessage = 50006, CannotMessageUser = 50007, MissingPermissions = 50013,
        InvalidToken = 50014, InvalidForm = 50035, ArchivedThread = 50083;

    public const int ReactionBlocked = 90001;

    public const int CannotReplyWithoutHistory = 160002, ThreadExists = 160004, LockedThread = 160005, TooManyThreads = 160006;
}

/// <summary>Discord refuses the whole bot, and trying again does not mend it.</summary>
/// <param name="message">What is wrong and the exact remedy.</param>
/// <param name="closeCode">The code with which the gateway closed; null: refused otherwise.</param>
public sealed class DiscordSetupException(string message, int? closeCode) : Exception(message)
{
    /// <summary>4004, 4010 to 4014; null: refused otherwise.</summary>
    public int? CloseCode { get; } = closeCode;
}
