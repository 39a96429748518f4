using System.Collections.Concurrent;
using System.Globalization;
using MicroChat.Chat;
using MicroChat.Discord.Port;
using MicroChat.Discord.State;
using MicroChat.Feedback;

namespace MicroChat.Discord.Routing;

/// <summary>What holds where and for whom: modes, personas, blocks, quotas. What people set by commands wins over the settings, and the inner place over the outer.</summary>
internal sealed class PlaceRules
{
    private const string Mode = "mode:", Persona = "persona:", Block = "block:", Quota = "quota:", Joined = "joined:";

    private readonly BotState state;
    private readonly DiscordBotOptions options;
    private readonly Personas personas;
    private readonly ConcurrentDictionary<string, string> set;
    private readonly Dictionary<string, ChannelMode> modes = [];
    private readonly Dictionary<Snowflake, int> roles = [];

    private PlaceRules(BotState state, DiscordBotOptions options, PersonaOptions personas, Dictionary<string, string> set)
    {
        this.state = state;
        this.options = options;
        this.personas = new Personas(personas);
        this.set = new ConcurrentDictionary<string, string>(set);
        foreach (string text in options.Modes)
        {
            if (PlaceSettings.TryParseMode(text, out Snowflake place, out ChannelMode mode))
            {
                modes[place.ToString()] = mode;
            }
        }
        foreach (string text in options.RoleTurnsPerHour)
        {
            if (PlaceSettings.TryParseQuota(text, out Snowflake role, out int perHour))
            {
                roles[role] = perHour;
            }
        }
    }

    public static async Task<PlaceRules> LoadAsync(BotState state, DiscordBotOptions options, PersonaOptions personas, CancellationToken cancellationToken) =>
        new(state, options, personas, await state.SettingsAsync(cancellationToken));

    /// <summary>The mode of a place: its own, or that of the nearest place around it.</summary>
    public ChannelMode ModeOf(PlacePath path)
    {
        foreach (string id in path.Ids.Reverse())
        {
            if (set.TryGetValue(Mode + id, out string? chosen) && Enum.TryParse(chosen, out ChannelMode mode))
            {
                return mode;
            }
            if (modes.TryGetValue(id, out mode))
            {
                return mode;
            }
        }
        return options.Mode;
    }

    /// <summary>The system prompt of a place; null: none.</summary>
    public string? PersonaOf(PlacePath path)
    {
        foreach (string id in path.Ids.Reverse())
        {
            if (set.TryGetValue(Persona + id, out string? chosen))
            {
                return chosen.Length == 0 ? null : chosen;
            }
        }
        return personas.Of(path.Ids);
    }

    /// <summary>Whether somebody is not answered and does not vote: everywhere, or in this guild.</summary>
    public bool IsBlocked(Pseudonym person, Snowflake guild) => set.ContainsKey(KeyOf(Block, person, default)) || set.ContainsKey(KeyOf(Block, person, guild));

    /// <summary>Questions per hour of a person; 0: no limit.</summary>
    public int TurnsPerHour(Pseudonym person, Snowflake guild, IReadOnlyList<Snowflake> roleIds)
    {
        string? own = set.GetValueOrDefault(KeyOf(Quota, person, guild)) ?? set.GetValueOrDefault(KeyOf(Quota, person, default));
        if (own is not null && int.TryParse(own, NumberStyles.None, CultureInfo.InvariantCulture, out int perHour))
        {
            return perHour;
        }
        int[] byRole = [.. roleIds.Where(roles.ContainsKey).Select(role => roles[role])];
        return byRole.Length == 0 ? options.UserTurnsPerHour : byRole.Contains(0) ? 0 : byRole.Max();
    }

    /// <summary>Whether the bot takes part in a thread.</summary>
    public bool TakesPart(Snowflake thread) => set.ContainsKey(Joined + thread);

    public Task JoinAsync(Snowflake thread) => TakesPart(thread) ? Task.CompletedTask : SetAsync(Joined + thread, "1");

    /// <summary>Sets a place's mode; null: that of the place around it.</summary>
    public Task SetModeAsync(Snowflake place, ChannelMode? mode) => SetAsync(Mode + place, mode?.ToString());

    /// <summary>Sets a place's system prompt; empty: none; null: that of the place around it.</summary>
    public Task SetPersonaAsync(Snowflake place, string? persona) => SetAsync(Persona + place, persona);

    /// <summary>Blocks somebody in a guild; 0: everywhere.</summary>
    public Task SetBlockedAsync(Pseudonym person, Snowflake guild, bool blocked) => SetAsync(KeyOf(Block, person, guild), blocked ? "1" : null);

    /// <summary>Sets a person's questions per hour in a guild (0: everywhere); null: what everybody has.</summary>
    public Task SetQuotaAsync(Pseudonym person, Snowflake guild, int? perHour) => SetAsync(KeyOf(Quota, person, guild), perHour?.ToString(CultureInfo.InvariantCulture));

    private static string KeyOf(string kind, Pseudonym person, Snowflake guild) => $"{kind}{person.Value}@{guild}";

    /// <summary>A setting that is none of the above; null: not set.</summary>
    public string? Find(string name) => set.GetValueOrDefault(name);

    public async Task SetAsync(string name, string? value)
    {
        await state.SetAsync(name, value, CancellationToken.None);
        if (value is null)
        {
            set.TryRemove(name, out _);
        }
        else
        {
            set[name] = value;
        }
    }
}
