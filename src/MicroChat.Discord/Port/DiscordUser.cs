namespace MicroChat.Discord.Port;

/// <summary>An account.</summary>
/// <param name="Id">Its id; <see cref="Snowflake.CreatedAt"/> is the account's age.</param>
/// <param name="Name">The unique user name.</param>
/// <param name="DisplayName">The name that people chose to be shown; the user name where there is none.</param>
/// <param name="IsBot">Belongs to an application.</param>
/// <param name="IsSystem">Belongs to Discord.</param>
public sealed record DiscordUser(Snowflake Id, string Name, string DisplayName, bool IsBot, bool IsSystem);

/// <summary>What an account is in one guild.</summary>
/// <param name="Nickname">The name in this guild; null: none.</param>
/// <param name="RoleIds">Its roles, without the one of everyone.</param>
/// <param name="JoinedAt">Since when; null: not known.</param>
/// <param name="Permissions">What it may do in the channel of the event; null: not known.</param>
public sealed record DiscordMember(string? Nickname, IReadOnlyList<Snowflake> RoleIds, DateTimeOffset? JoinedAt, DiscordPermissions? Permissions);
