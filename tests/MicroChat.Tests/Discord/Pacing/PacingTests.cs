using MicroChat.Discord.Pacing;
using MicroChat.Discord.Port;
using MicroChat.Discord.Routing;
using MicroChat.Tests.Discord.Routing;

namespace MicroChat.Tests.Discord.Pacing;

public sealed class PacingTests
{
    private readonly VirtualTime clock = new();

    [Fact]
    public void Several_messages_of_one_person_are_one_question()
    {
        var questions = new List<string>();
        using var debouncer = Debouncer(questions);
        Assert.False(debouncer.Add(Message(1, 10, "not for it"), addressed: false));
        Assert.True(debouncer.Add(Message(2, 10, "hey"), addressed: true));
        clock.Advance(TimeSpan.FromSeconds(0.9));
        Assert.True(debouncer.Add(Message(3, 10, "what is"), addressed: false));
        Assert.False(debouncer.Add(Message(4, 11, "somebody else"), addressed: false));
        clock.Advance(TimeSpan.FromSeconds(0.9));
        Assert.True(debouncer.Add(Message(5, 10, "a volcano?"), addressed: false));
        Assert.True(debouncer.Add(Message(5, 10, "a volcano?"), addressed: false));
        Assert.Empty(questions);
        clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(["hey|what is|a volcano?"], questions);
        Assert.False(debouncer.Add(Message(6, 10, "later"), addressed: false));
    }

    [Fact]
    public void Who_never_pauses_is_answered_all_the_same()
    {
        var questions = new List<string>();
        using var debouncer = Debouncer(questions);
        for (ulong i = 0; i < 12; i++)
        {
            debouncer.Add(Message(i + 1, 10, $"{i}"), addressed: true);
            clock.Advance(TimeSpan.FromSeconds(0.5));
        }
        Assert.Equal("0|1|2|3|4|5|6|7", Assert.Single(questions));
    }

    [Fact]
    public void Edits_and_deletions_reach_a_question_that_is_being_gathered()
    {
        var questions = new List<string>();
        using var debouncer = Debouncer(questions);
        debouncer.Add(Message(1, 10, "teh"), addressed: true);
        debouncer.Add(Message(2, 10, "oops"), addressed: true);
        Assert.True(debouncer.Replace(Message(1, 10, "the")));
        Assert.False(debouncer.Replace(Message(9, 10, "other")));
        debouncer.Remove(new(50), [new(2)]);
        debouncer.Add(Message(3, 11, "gone"), addressed: true);
        debouncer.Remove(new(50), [new(3)]);
        clock.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(["the"], questions);
    }

    [Theory]
    [InlineData("One. Two", 0, false, 4)]
    [InlineData("One. Two", 4, false, 4)]
    [InlineData("One. Two words", 4, true, 8)]
    [InlineData("3.14 is", 0, false, 0)]
    [InlineData("a\nb", 0, false, 2)]
    [InlineData("日本。語", 0, false, 3)]
    [InlineData("word", 0, true, 0)]
    public void Text_is_shown_up_to_the_end_of_a_sentence(string text, int shown, bool impatient, int end) =>
        Assert.Equal(end, SentenceBorder.Find(text, shown, impatient));

    [Fact]
    public void Edits_keep_the_pace_that_the_limits_allow()
    {
        var edits = new EditClock(TimeSpan.FromSeconds(1), clock);
        Assert.Equal(TimeSpan.Zero, edits.Wait(default));
        edits.Edited();
        Assert.Equal(TimeSpan.FromSeconds(1), edits.Wait(default));
        Assert.Equal(TimeSpan.FromSeconds(3), edits.Wait(new EditPace(TimeSpan.Zero, TimeSpan.FromSeconds(3))));
        Assert.Equal(TimeSpan.FromSeconds(5), edits.Wait(new EditPace(TimeSpan.FromSeconds(5), default)));
        clock.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(TimeSpan.Zero, edits.Wait(default));
        Assert.True(edits.IsImpatient);
    }

    [Fact]
    public void Quotas_count_the_last_hour_of_person_and_server()
    {
        var quota = new TurnQuota(clock);
        (string, int)[] alice = [("alice", 2), ("guild", 3)];
        Assert.Null(quota.TryTake(alice));
        clock.Advance(TimeSpan.FromMinutes(20));
        Assert.Null(quota.TryTake(alice));
        Assert.Equal(TimeSpan.FromMinutes(40), quota.TryTake(alice));
        Assert.Null(quota.TryTake(("bob", 2), ("guild", 3)));
        Assert.NotNull(quota.TryTake(("bob", 2), ("guild", 3)));
        Assert.Null(quota.TryTake(("carol", 0), ("other", 0)));
        clock.Advance(TimeSpan.FromMinutes(40));
        Assert.Null(quota.TryTake(alice));
    }

    private Debouncer Debouncer(List<string> questions) => new(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(4), clock,
        burst => questions.Add(string.Join('|', burst.Select(message => message.Content))));

    private static DiscordMessage Message(ulong id, ulong author, string content) => new()
    {
        Id = new(id), ChannelId = new(50), GuildId = new(100), Author = RoutingTests.User(new(author)), Content = content,
    };
}
