namespace MicroChat.Discord.Simulator.World;

/// <summary>Which mentions in a text count: the request's <c>allowed_mentions</c> or, without it, a default.</summary>
/// <param name="Users">Whether every user that the text names is mentioned.</param>
/// <param name="UserIds">Beside that, these if the text names them.</param>
/// <param name="RepliedUser">Whether a reply mentions whom it replies to.</param>
internal sealed record AllowedMentions(bool Users, bool Roles, bool Everyone, IReadOnlySet<ulong> UserIds, IReadOnlySet<ulong> RoleIds, bool RepliedUser)
{
    private static readonly HashSet<ulong> None = [];

    /// <summary>What a message without <c>allowed_mentions</c> gets.</summary>
    public static AllowedMentions Default { get; } = new(true, true, true, None, None, true);

    /// <summary>The same for answers to interactions.</summary>
    public static AllowedMentions InteractionDefault { get; } = new(true, false, false, None, None, true);
}
