using System.Collections.Concurrent;
using MicroChat.Discord.Port;

namespace MicroChat.Tests.Discord;

/// <summary>A message as it stands on the fake Discord.</summary>
internal sealed record FakeMessage(Snowflake Id, Snowflake Channel, string Content, Snowflake? ReplyTo, string? Nonce)
{
    public IReadOnlyList<ComponentRow> Rows { get; init; } = [];

    public IReadOnlyList<OutgoingFile> Files { get; init; } = [];

    public IReadOnlyList<string> Buttons => [.. Rows.SelectMany(row => row.Items).OfType<DiscordButton>().Select(button => button.CustomId)];

    public string Button(string verb) => Buttons.First(id => id.StartsWith($"mc1:{verb}:", StringComparison.Ordinal));
}

/// <summary>Discord in memory: keeps what the bot sends, and lets a test say what people do.</summary>
internal sealed class FakePort(TimeProvider time) : IDiscordPort, IDiscordActions
{
    public static readonly Snowflake Self = new(900), Guild = new(100), Category = new(101), Channel = new(102), Application = new(901);

    private readonly TaskCompletionSource<IDiscordHandler> handler = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ConcurrentDictionary<string, Snowflake> nonces = new();
    private long last;

    public ConcurrentDictionary<Snowflake, FakeMessage> Sent { get; } = new();

    /// <summary>What people wrote, as it can be fetched.</summary>
    public ConcurrentDictionary<Snowflake, DiscordMessage> Written { get; } = new();

    public ConcurrentDictionary<(Snowflake Message, string Emoji), List<DiscordUser>> Reactions { get; } = new();

    /// <summary>Every change the bot made, in order: "send", "edit", "delete", "type", "respond" …</summary>
    public ConcurrentQueue<string> Log { get; } = new();

    /// <summary>What was answered to interactions, by their id.</summary>
    public ConcurrentDictionary<Snowflake, FakeMessage> Responses { get; } = new();

    /// <summary>How each interaction was acknowledged.</summary>
    public ConcurrentDictionary<Snowflake, string> Acknowledgements { get; } = new();

    public ConcurrentQueue<DiscordModal> Modals { get; } = new();

    public IReadOnlyList<DiscordCommand> Commands { get; private set; } = [];

    public DiscordPermissions? Permissions { get; set; }

    /// <summary>Called before every send; throws to refuse.</summary>
    public Action<OutgoingMessage> BeforeSend { get; set; } = _ => { };

    /// <summary>Called when a message is there, before the bot hears that it is.</summary>
    public Func<FakeMessage, Task> AfterSend { get; set; } = _ => Task.CompletedTask;

    public IReadOnlyList<DiscordChannel> Channels { get; set; } = [new DiscordChannel { Id = Channel, GuildId = Guild, ParentId = Category, Name = "general" }];

    public IDiscordActions Actions => this;

    /// <summary>The bot's messages in a channel, oldest first.</summary>
    public IReadOnlyList<FakeMessage> In(Snowflake channel) => [.. Sent.Values.Where(message => message.Channel == channel).OrderBy(message => message.Id)];

    public async Task RunAsync(IDiscordHandler handler, CancellationToken stop)
    {
        await handler.HandleAsync(new Ready(new DiscordUser(Self, "bot", "Bot", true, false), Application, [Guild], 0, 1), stop);
        await handler.HandleAsync(new GuildAvailable(new DiscordGuild(Guild, "guild", new(1), 3, "en-US", Channels), Joined: false), stop);
        this.handler.SetResult(handler);
        await Task.Delay(Timeout.Infinite, stop).ContinueWith(_ => { }, TaskScheduler.Default);
    }

    public async Task EmitAsync(DiscordEvent happened) => await (await handler.Task).HandleAsync(happened, CancellationToken.None);

    public Snowflake NextId() => new(Snowflake.At(time.GetUtcNow()).Value + (ulong)Interlocked.Increment(ref last));

    public async Task<DiscordMessage> SendAsync(Snowflake channel, OutgoingMessage message, CancellationToken cancellationToken)
    {
        BeforeSend(message);
        if (message.Nonce is { } nonce && nonces.TryGetValue(nonce, out Snowflake known))
        {
            return Whole(Sent[known]);
        }
        Assert.InRange(message.Content.Length, message.Files.Count > 0 ? 0 : 1, OutgoingMessage.LongestContent);
        Assert.True(message.Nonce is null or { Length: <= OutgoingMessage.LongestNonce });
        var sent = new FakeMessage(NextId(), channel, message.Content, message.ReplyTo, message.Nonce) { Rows = message.Rows, Files = message.Files };
        Sent[sent.Id] = sent;
        if (message.Nonce is not null)
        {
            nonces[message.Nonce] = sent.Id;
        }
        Log.Enqueue("send");
        await AfterSend(sent);
        return Whole(sent);
    }

    public Task<DiscordMessage> EditAsync(Snowflake channel, Snowflake message, MessageEdit edit, CancellationToken cancellationToken)
    {
        FakeMessage changed = Change(Sent.GetValueOrDefault(message) ?? throw new DiscordException("gone", null, DiscordErrorCode.UnknownMessage, null), edit);
        Sent[message] = changed;
        Log.Enqueue("edit");
        return Task.FromResult(Whole(changed));
    }

    public Task DeleteAsync(Snowflake channel, Snowflake message, CancellationToken cancellationToken)
    {
        Sent.TryRemove(message, out _);
        Log.Enqueue("delete");
        return Task.CompletedTask;
    }

    public Task<DiscordMessage?> FindMessageAsync(Snowflake channel, Snowflake message, CancellationToken cancellationToken) =>
        Task.FromResult(Written.GetValueOrDefault(message) ?? (Sent.TryGetValue(message, out FakeMessage? sent) ? Whole(sent) : null));

    /// <summary>What reading the history of a channel waits for.</summary>
    public Task History { get; set; } = Task.CompletedTask;

    public async Task<IReadOnlyList<DiscordMessage>> GetMessagesAsync(Snowflake channel, MessagePage page, CancellationToken cancellationToken)
    {
        await History.WaitAsync(cancellationToken);
        return [.. Written.Values.Where(m => m.ChannelId == channel && m.Id > (page.After ?? default)).OrderBy(m => m.Id).Take(page.Limit)];
    }

    public Task TypeAsync(Snowflake channel, CancellationToken cancellationToken)
    {
        Log.Enqueue("type");
        return Task.CompletedTask;
    }

    public EditPace EditPaceIn(Snowflake channel) => default;

    public Task AddReactionAsync(Snowflake channel, Snowflake message, DiscordEmoji emoji, CancellationToken cancellationToken) => Task.CompletedTask;

    public Task RemoveReactionAsync(Snowflake channel, Snowflake message, DiscordEmoji emoji, CancellationToken cancellationToken) => Task.CompletedTask;

    public Task<IReadOnlyList<DiscordUser>> GetReactionUsersAsync(
        Snowflake channel, Snowflake message, DiscordEmoji emoji, Snowflake? after, int limit, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<DiscordUser>>([.. Reactions.GetValueOrDefault((message, emoji.Name), []).Where(u => u.Id > (after ?? default)).OrderBy(u => u.Id).Take(limit)]);

    public Task RespondAsync(InteractionHandle interaction, OutgoingMessage message, CancellationToken cancellationToken)
    {
        Acknowledge(interaction, "respond");
        Responses[interaction.Id] = new FakeMessage(NextId(), default, message.Content, null, null) { Rows = message.Rows, Files = message.Files };
        return Task.CompletedTask;
    }

    public Task DeferAsync(InteractionHandle interaction, bool ephemeral, CancellationToken cancellationToken)
    {
        Acknowledge(interaction, "defer");
        return Task.CompletedTask;
    }

    public Task DeferUpdateAsync(InteractionHandle interaction, CancellationToken cancellationToken)
    {
        Acknowledge(interaction, "accept");
        return Task.CompletedTask;
    }

    public Task UpdateAsync(InteractionHandle interaction, MessageEdit edit, CancellationToken cancellationToken)
    {
        Acknowledge(interaction, "update");
        Responses[interaction.Id] = Change(new FakeMessage(default, default, "", null, null), edit);
        return Task.CompletedTask;
    }

    public Task OpenModalAsync(InteractionHandle interaction, DiscordModal modal, CancellationToken cancellationToken)
    {
        Acknowledge(interaction, "modal");
        Modals.Enqueue(modal);
        return Task.CompletedTask;
    }

    public Task SuggestAsync(InteractionHandle interaction, CommandOptionKind kind, IReadOnlyList<CommandChoice> choices, CancellationToken cancellationToken)
    {
        Acknowledge(interaction, string.Join(", ", choices.Select(choice => choice.Value)));
        return Task.CompletedTask;
    }

    public Task<DiscordMessage> EditResponseAsync(InteractionHandle interaction, MessageEdit edit, CancellationToken cancellationToken)
    {
        Log.Enqueue("edit");
        FakeMessage before = Responses.GetOrAdd(interaction.Id, _ => new FakeMessage(NextId(), Channel, "", null, null));
        FakeMessage changed = Change(before, edit);
        Responses[interaction.Id] = changed;
        Sent[changed.Id] = changed;
        return Task.FromResult(Whole(changed));
    }

    public Task<DiscordMessage> GetResponseAsync(InteractionHandle interaction, CancellationToken cancellationToken) => Task.FromResult(Whole(Responses[interaction.Id]));

    public Task DeleteResponseAsync(InteractionHandle interaction, CancellationToken cancellationToken)
    {
        if (Responses.TryRemove(interaction.Id, out FakeMessage? gone))
        {
            Sent.TryRemove(gone.Id, out _);
        }
        return Task.CompletedTask;
    }

    public Task<DiscordMessage> FollowUpAsync(InteractionHandle interaction, OutgoingMessage message, CancellationToken cancellationToken) => SendAsync(Channel, message, cancellationToken);

    public Task<DiscordMessage> EditFollowUpAsync(InteractionHandle interaction, Snowflake message, MessageEdit edit, CancellationToken cancellationToken) =>
        EditAsync(Channel, message, edit, cancellationToken);

    public EditPace EditPaceOf(InteractionHandle interaction) => default;

    public Task RegisterCommandsAsync(Snowflake application, Snowflake? guild, IReadOnlyList<DiscordCommand> commands, CancellationToken cancellationToken)
    {
        Log.Enqueue("register");
        Commands = commands;
        return Task.CompletedTask;
    }

    public Task SetPresenceAsync(DiscordPresence presence, CancellationToken cancellationToken) => Task.CompletedTask;

    public Task<DiscordChannel?> FindChannelAsync(Snowflake channel, CancellationToken cancellationToken) => Task.FromResult(Channels.FirstOrDefault(c => c.Id == channel));

    public Task<DiscordChannel> CreateThreadAsync(Snowflake channel, Snowflake? message, NewThread thread, CancellationToken cancellationToken)
    {
        Assert.InRange(thread.Name.Length, 1, 100);
        Log.Enqueue("thread");
        return Task.FromResult(new DiscordChannel { Id = message!.Value, GuildId = Guild, ParentId = channel, Kind = ChannelKind.PublicThread, Name = thread.Name });
    }

    public Task<DiscordChannel> OpenDirectAsync(Snowflake user, CancellationToken cancellationToken) => throw new InvalidOperationException("Nobody asked for a direct message.");

    public DiscordPermissions? OwnPermissionsIn(Snowflake channel) => Permissions;

    public DiscordPermissions? PermissionsIn(Snowflake channel, Snowflake user, IReadOnlyList<Snowflake> roles) => null;

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private void Acknowledge(InteractionHandle interaction, string how)
    {
        Assert.True(Acknowledgements.TryAdd(interaction.Id, how), "An interaction was acknowledged twice.");
        Log.Enqueue(how);
    }

    private static FakeMessage Change(FakeMessage before, MessageEdit edit)
    {
        Assert.True(edit.Content is not { Length: > OutgoingMessage.LongestContent });
        return before with { Content = edit.Content ?? before.Content, Rows = edit.Rows ?? before.Rows, Files = [.. before.Files, .. edit.Files] };
    }

    private DiscordMessage Whole(FakeMessage message) => new()
    {
        Id = message.Id,
        ChannelId = message.Channel,
        Author = new DiscordUser(Self, "bot", "Bot", true, false),
        Content = message.Content,
        Reactions = [.. Reactions.Where(pair => pair.Key.Message == message.Id && pair.Value.Count > 0).Select(pair => new ReactionCount(DiscordEmoji.Of(pair.Key.Emoji), pair.Value.Count, false))],
    };
}
