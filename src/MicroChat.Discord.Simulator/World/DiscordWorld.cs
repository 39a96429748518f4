using System.Text;
using MicroChat.Discord.Simulator.Gateway;
using MicroChat.Discord.Simulator.Json;

namespace MicroChat.Discord.Simulator.World;

/// <summary>
/// Everything the simulated Discord knows: users, guilds, channels, messages, commands, interactions. Tests and operators act in it as
/// members; the bot acts through the gateway and REST. All acts are one after another, and every one of them reaches the gateway.
/// </summary>
public sealed partial class DiscordWorld
{
    private const int MostPings = 100_000;

    private readonly Dictionary<ulong, SimUser> users = [];
    private readonly SortedDictionary<ulong, SimGuild> guilds = [];
    private readonly Dictionary<ulong, SimChannel> channels = [];
    private readonly Dictionary<ulong, SimChannel> directs = [];
    private readonly List<SimPing> pings = [];

    internal DiscordWorld(SimulatorOptions options)
    {
        Options = options;
        Ids = new SnowflakeSource(options.Time);
        Random = new Random(options.Seed);
        Bot = new SimUser(Ids.Aged(TimeSpan.FromDays(30)), options.BotName, isBot: true);
        users.Add(Bot.Id, Bot);
        Token = options.Token ?? NewToken();
        Messages = new MessageBook(this);
        Reactions = new ReactionBook(this);
        Threads = new ThreadBook(this);
        Commands = new CommandBook(this);
        Interactions = new InteractionBook(this);
    }

    /// <summary>The bot's own account; the application has the same id.</summary>
    public SimUser Bot { get; }

    /// <summary>The bot's token; another one after it was reset.</summary>
    public string Token { get; private set; }

    /// <summary>Guilds by id.</summary>
    public IReadOnlyCollection<SimGuild> Guilds => guilds.Values;

    /// <summary>Everybody the bot has notified, oldest first; at most 100,000.</summary>
    public IReadOnlyList<SimPing> Pings => pings;

    internal SimulatorOptions Options { get; }

    internal Lock Gate { get; } = new();

    internal Pulse Pulse { get; } = new();

    internal SnowflakeSource Ids { get; }

    internal Random Random { get; }

    internal MessageBook Messages { get; }

    internal ReactionBook Reactions { get; }

    internal ThreadBook Threads { get; }

    internal CommandBook Commands { get; }

    internal InteractionBook Interactions { get; }

    /// <summary>Where attachments are fetched from.</summary>
    internal string FilesUrl { get; set; } = "";

    /// <summary>Takes every event to the sessions; called under the lock.</summary>
    internal Action<WorldEvent> Publish { get; set; } = _ => { };

    /// <summary>Takes a line about what happened, for people who watch.</summary>
    internal Action<string> Narrate { get; set; } = _ => { };

    internal DateTimeOffset Now => Options.Time.GetUtcNow();

    /// <summary>Looks at the world while nothing in it changes.</summary>
    public T Read<T>(Func<DiscordWorld, T> look)
    {
        lock (Gate)
        {
            return look(this);
        }
    }

    /// <summary>Waits until a condition holds, looked at after every change; false when it did not in time.</summary>
    /// <param name="patience">Real time, whatever clock the simulation runs on.</param>
    public Task<bool> WaitForAsync(Func<DiscordWorld, bool> condition, TimeSpan patience, CancellationToken cancellationToken = default) =>
        Pulse.UntilAsync(() => Read(condition), patience, cancellationToken);

    /// <summary>A new person.</summary>
    /// <param name="name">The user name.</param>
    /// <param name="accountAge">How long the account is said to exist.</param>
    public SimUser AddUser(string name, TimeSpan? accountAge = null) => AddUser(name, isBot: false, accountAge);

    /// <summary>Somebody else's bot.</summary>
    public SimUser AddBot(string name) => AddUser(name, isBot: true, null);

    /// <summary>The user with a name, or null.</summary>
    public SimUser? FindUser(string name) => Read(w => w.users.Values.FirstOrDefault(u => u.Name == name));

    internal SimUser? FindUser(ulong id) => users.GetValueOrDefault(id);

    internal SimGuild? FindGuild(ulong id) => guilds.GetValueOrDefault(id);

    internal SimChannel? FindChannel(ulong id) => channels.GetValueOrDefault(id);

    internal bool KnowsEmoji(ulong id) => guilds.Values.Any(g => g.Emojis.ContainsKey(id));

    /// <summary>Ends the token's life, as Discord does after too many IDENTIFYs.</summary>
    internal void ResetToken() => Token = NewToken();

    /// <summary>Runs an act of a member under the lock, and wakes who waits.</summary>
    internal T Act<T>(Func<T> act)
    {
        try
        {
            lock (Gate)
            {
                return act();
            }
        }
        catch (DiscordFault e)
        {
            throw new InvalidOperationException($"Discord would not let a member do this: {e.Message} ({e.Code}).", e);
        }
        finally
        {
            Pulse.Beat();
        }
    }

    internal void Note(SimPing ping)
    {
        if (pings.Count < MostPings)
        {
            pings.Add(ping);
        }
    }

    internal string Random64(int characters)
    {
        const string Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        return string.Create(characters, Random, (span, random) =>
        {
            foreach (ref char c in span)
            {
                c = Alphabet[random.Next(Alphabet.Length)];
            }
        });
    }

    private string NewToken() => $"{Convert.ToBase64String(Encoding.ASCII.GetBytes(Text.Of(Bot.Id))).TrimEnd('=')}.{Random64(6)}.{Random64(38)}";

    private SimUser AddUser(string name, bool isBot, TimeSpan? accountAge) => Act(() =>
    {
        var user = new SimUser(Ids.Aged(accountAge ?? TimeSpan.FromDays(400)), name, isBot);
        users.Add(user.Id, user);
        return user;
    });
}
