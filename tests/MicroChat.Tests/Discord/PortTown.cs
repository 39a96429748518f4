using System.Collections.Concurrent;
using System.Threading.Channels;
using MicroChat.Discord.Port;
using MicroChat.Discord.Simulator;
using MicroChat.Discord.Simulator.World;
using Snowflake = MicroChat.Discord.Port.Snowflake;

namespace MicroChat.Tests.Discord;

/// <summary>A simulated Discord with a small town in it and a port that is connected to it; keeps every event.</summary>
internal sealed class PortTown : IDiscordHandler, IAsyncDisposable
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Channel<DiscordEvent> _events = Channel.CreateUnbounded<DiscordEvent>();
    private readonly CancellationTokenSource _stop = new();

    private PortTown(DiscordSimulator discord, Func<DiscordSimulator, IDiscordPort> connect)
    {
        Discord = discord;
        Home = discord.World.AddGuild("home");
        General = discord.World.AddChannel(Home, "general");
        Alice = discord.World.AddUser("alice");
        discord.World.Join(Home, Alice);
        Port = connect(discord);
        Running = Port.RunAsync(this, _stop.Token);
    }

    public DiscordSimulator Discord { get; }

    public DiscordWorld World => Discord.World;

    public SimGuild Home { get; }

    public SimChannel General { get; }

    public SimUser Alice { get; }

    public IDiscordPort Port { get; }

    public IDiscordActions Actions => Port.Actions;

    public Snowflake Place => new(General.Id);

    public Task Running { get; }

    public Ready Ready { get; private set; } = null!;

    /// <summary>Starts both and waits until the guild is there.</summary>
    public static async Task<PortTown> StartAsync(SimulatorOptions options, Func<DiscordSimulator, IDiscordPort> connect)
    {
        var town = new PortTown(await DiscordSimulator.StartAsync(options), connect);
        town.Ready = await town.EventAsync<Ready>();
        await town.EventAsync<GuildAvailable>();
        return town;
    }

    /// <summary>Every event so far.</summary>
    public ConcurrentQueue<DiscordEvent> Heard { get; } = new();

    public async ValueTask HandleAsync(DiscordEvent happened, CancellationToken stop)
    {
        Heard.Enqueue(happened);
        await _events.Writer.WriteAsync(happened, CancellationToken.None);
    }

    /// <summary>The next event of a kind that fits; others are dropped.</summary>
    public async Task<T> EventAsync<T>(Func<T, bool>? fits = null)
        where T : DiscordEvent
    {
        using var limit = new CancellationTokenSource(Patience);
        while (true)
        {
            if (await _events.Reader.ReadAsync(limit.Token) is T wanted && (fits is null || fits(wanted)))
            {
                return wanted;
            }
        }
    }

    /// <summary>The next interaction, which must be of this kind.</summary>
    public async Task<T> InteractionAsync<T>()
        where T : DiscordInteraction => Assert.IsType<T>((await EventAsync<InteractionCreated>()).Interaction);

    public Task<DiscordMessage> SendAsync(string text) => Actions.SendAsync(Place, new OutgoingMessage { Content = text }, CancellationToken.None);

    /// <summary>The message as the server has it.</summary>
    public SimMessage Sent(DiscordMessage message) => World.Read(_ => General.Messages.Single(m => m.Id == message.Id.Value));

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Running.WaitAsync(Patience).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await Port.DisposeAsync();
        await Discord.DisposeAsync();
        _stop.Dispose();
    }
}
