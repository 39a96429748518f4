using MicroChat.Discord;
using MicroChat.Discord.Port;
using MicroChat.Discord.Routing;

namespace MicroChat.Tests.Discord.Routing;

public sealed class RoutingTests
{
    private static readonly Snowflake Self = new(1), Alice = new(10), Bob = new(11), Bot = new(12);

    [Theory]
    [InlineData(ChannelMode.Off, Addressing.None, Addressing.None, Addressing.None, Addressing.None)]
    [InlineData(ChannelMode.Mention, Addressing.Mention, Addressing.None, Addressing.None, Addressing.None)]
    [InlineData(ChannelMode.Reply, Addressing.Mention, Addressing.Reply, Addressing.None, Addressing.Continued)]
    [InlineData(ChannelMode.Thread, Addressing.Mention, Addressing.Reply, Addressing.None, Addressing.Continued)]
    [InlineData(ChannelMode.Free, Addressing.Mention, Addressing.Reply, Addressing.Free, Addressing.Free)]
    internal void Each_mode_answers_what_it_should(ChannelMode mode, Addressing mention, Addressing reply, Addressing plain, Addressing inThread)
    {
        Assert.Equal(mention, Decide(Message("<@1> hi"), mode));
        Assert.Equal(reply, Decide(ReplyTo(Self), mode));
        Assert.Equal(plain, Decide(Message("hi all"), mode));
        Assert.Equal(inThread, Decide(Message("go on"), mode, takesPart: true));
    }

    [Fact]
    public void Bots_webhooks_itself_and_notices_are_ignored()
    {
        DiscordMessage mention = Message("<@1> hi");
        Assert.Equal(Addressing.None, Decide(mention with { Author = User(Self, bot: true) }, ChannelMode.Free));
        Assert.Equal(Addressing.None, Decide(mention with { Author = User(Bot, bot: true) }, ChannelMode.Free));
        Assert.Equal(Addressing.None, Decide(mention with { WebhookId = new Snowflake(9) }, ChannelMode.Free));
        Assert.Equal(Addressing.None, Decide(mention with { Kind = DiscordMessageKind.Joined }, ChannelMode.Free));
        DiscordMessage fromBot = mention with { Author = User(Bot, bot: true) };
        Assert.Equal(Addressing.Mention, MessageRouter.Decide(fromBot, new RoutingContext(Self, ChannelMode.Mention, false, new HashSet<Snowflake> { Bot })));
        DiscordMessage ping = ReplyTo(Self) with { Author = User(Bot, bot: true), Mentions = [User(Self, true)] };
        Assert.Equal(Addressing.None, MessageRouter.Decide(ping, new RoutingContext(Self, ChannelMode.Free, false, new HashSet<Snowflake> { Bot })));
    }

    [Fact]
    public void What_is_for_somebody_else_is_left_to_them()
    {
        Assert.Equal(Addressing.None, Decide(ReplyTo(Bob), ChannelMode.Free));
        Assert.Equal(Addressing.None, Decide(Message("<@11> hello") with { Mentions = [User(Bob)] }, ChannelMode.Free));
        Assert.Equal(Addressing.None, Decide(Message("@everyone hello") with { MentionsEveryone = true }, ChannelMode.Free));
        Assert.Equal(Addressing.None, Decide(ReplyTo(Bob), ChannelMode.Reply, takesPart: true));
        Assert.Equal(Addressing.Mention, Decide(ReplyTo(Bob) with { Content = "<@1> what does he mean" }, ChannelMode.Mention));
    }

    [Fact]
    public void Direct_messages_are_answered_and_withheld_text_is_not_guessed()
    {
        Assert.Equal(Addressing.Direct, Decide(Message("hi") with { GuildId = null }, ChannelMode.Mention));
        Assert.Equal(Addressing.None, Decide(Message("") with { ContentWithheld = true }, ChannelMode.Free));
    }

    [Fact]
    public void Bots_talking_in_circles_are_left_alone_until_a_person_writes()
    {
        var guard = new LoopGuard(2);
        Assert.Equal([true, true, false, false], Enumerable.Range(0, 4).Select(_ => guard.Admit(new Snowflake(5), byBot: true)));
        Assert.True(guard.Admit(new Snowflake(6), byBot: true));
        guard.PersonSpoke(new Snowflake(5));
        Assert.True(guard.Admit(new Snowflake(5), byBot: true));
    }

    [Fact]
    public void A_thread_belongs_to_channel_category_and_server()
    {
        var cache = new ChannelCache();
        cache.Take(new GuildAvailable(new DiscordGuild(new(100), "g", Alice, 2, "en-US",
        [
            new DiscordChannel { Id = new(102), GuildId = new(100), ParentId = new(101), IsAgeRestricted = true },
            new DiscordChannel { Id = new(103), GuildId = new(100), ParentId = new(102), Kind = ChannelKind.PublicThread },
        ]), Joined: false));
        PlacePath path = cache.PathOf(new(100), new(103), null);
        Assert.Equal(["100", "101", "102", "103"], path.Ids);
        Assert.Equal(new Snowflake(103), path.Innermost);
        Assert.True(cache.IsAgeRestricted(path, null));
        Assert.True(cache.PathOf(null, new(7), null).IsDirect);
    }

    [Fact]
    public void Faults_of_options_say_what_is_wrong_and_how_to_mend_it()
    {
        Assert.Empty(new DiscordBotOptions().Validate());
        IReadOnlyList<string> faults = new DiscordBotOptions
        {
            ComparisonRate = 2, Modes = ["12=free", "x=free", "12=loud"], Operators = ["me"], RoleTurnsPerHour = ["5=7", "5=-1"], EditInterval = TimeSpan.Zero,
        }.Validate();
        Assert.Equal(6, faults.Count);
        Assert.Contains(faults, fault => fault.Contains("DiscordBot:Modes:2 is \"12=loud\"", StringComparison.Ordinal) && fault.Contains("Free", StringComparison.Ordinal));
    }

    internal static DiscordUser User(Snowflake id, bool bot = false) => new(id, $"user{id}", $"User {id}", bot, false);

    private static Addressing Decide(DiscordMessage message, ChannelMode mode, bool takesPart = false) =>
        MessageRouter.Decide(message, new RoutingContext(Self, mode, takesPart, new HashSet<Snowflake>()));

    private static DiscordMessage Message(string content) => new()
    {
        Id = new(1_000), ChannelId = new(50), GuildId = new(100), Author = User(Alice), Content = content,
        Mentions = content.Contains("<@1>", StringComparison.Ordinal) ? [User(Self, true)] : [],
    };

    private static DiscordMessage ReplyTo(Snowflake author) => Message("and then?") with
    {
        Kind = DiscordMessageKind.Reply,
        Reference = new DiscordReference(new(900), new(50), false, new DiscordMessage { Id = new(900), ChannelId = new(50), Author = User(author, author == Self) }, false),
        Mentions = [User(author)],
    };
}
