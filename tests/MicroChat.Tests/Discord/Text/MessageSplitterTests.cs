using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using MicroChat.Discord.Text;

namespace MicroChat.Tests.Discord.Text;

public sealed class MessageSplitterTests
{
    private const int Limit = 2_000;

    private static readonly string[] Pieces =
    [
        "word ", "longer words of a sentence. ", "A question? ", "\n", "\n\n", "- an item\n", "  - below it\n", "1. first\n", "# Heading\n",
        "```python\nfor i in range(3):\n    print(i)\n```\n", "```\nplain\n\n", "```", "```js\n", "````", "`", "`code here`", "``a`b``", "**", "**bold text**", "||", "||hidden words||", "__", "~~",
        "<@123456789012345678>", "<:smile:123456789012345678>", "<t:1700000000:R>", "https://example.org/a/long/path?with=things&more=1 ",
        "[label of it](https://example.org/page) ", "👩‍👩‍👧‍👦", "👍🏿", "🇩🇪", "é", "日本語", "\r\n", "\t", "\\*", "*", "_", "a\u0301\u0302", "\u200b",
    ];

    public static TheoryData<int> Seeds => [.. Enumerable.Range(1, 60)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Any_text_comes_back_whole_from_parts_that_fit(int seed)
    {
        var random = new Random(seed);
        string text = Draw(random, random.Next(1, 6_000));
        int limit = random.Next(3) == 0 ? random.Next(MessageSplitter.SmallestLimit, 400) : Limit;
        IReadOnlyList<MessagePart> parts = MessageSplitter.Split(text, limit);
        Assert.Equal(text, string.Concat(parts.Select(part => text.Substring(part.Start, part.Length))));
        int at = 0;
        foreach (MessagePart part in parts)
        {
            Assert.Equal(at, part.Start);
            at += part.Length;
            Assert.True(part.Content.Length <= limit, $"{part.Content.Length} > {limit}");
            Assert.Contains(text.Substring(part.Start, part.Length), part.Content, StringComparison.Ordinal);
            Assert.True(Count(part.Content, "```") % 2 == 0, $"seed {seed}: a code block is open in\n{part.Content}");
        }
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void No_cut_goes_through_what_people_see_as_one_thing(int seed)
    {
        var random = new Random(1_000 + seed);
        string text = Draw(random, 5_000);
        int[] cuts = [.. MessageSplitter.Split(text, 300).Skip(1).Select(part => part.Start)];
        HashSet<int> clusters = [.. StringInfo.ParseCombiningCharacters(text)];
        Assert.All(cuts, cut => Assert.Contains(cut, clusters));
        foreach (Match match in Regex.Matches(text, @"<@\d+>|<:\w+:\d+>|<t:\d+:R>"))
        {
            Assert.DoesNotContain(cuts, cut => cut > match.Index && cut < match.Index + match.Length);
        }
    }

    [Fact]
    public void A_code_block_is_closed_and_opened_again_in_its_language()
    {
        string code = string.Concat(Enumerable.Range(1, 400).Select(i => $"print({i})\n"));
        IReadOnlyList<MessagePart> parts = MessageSplitter.Split($"Look:\n```python\n{code}```\nDone.", Limit);
        Assert.True(parts.Count > 2);
        Assert.EndsWith("\n```", parts[0].Content, StringComparison.Ordinal);
        Assert.All(parts.Skip(1), part => Assert.StartsWith("```python\nprint(", part.Content, StringComparison.Ordinal));
        Assert.All(parts.SkipLast(1), part => Assert.Matches(@"print\(\d+\)\n```$", part.Content));
    }

    [Fact]
    public void A_block_that_fits_is_not_cut_but_moved_on()
    {
        string code = "```cs\n" + string.Concat(Enumerable.Repeat("var x = 1;\n", 60)) + "```";
        string text = string.Concat(Enumerable.Repeat("Some words of prose. ", 75)) + "\n" + code;
        IReadOnlyList<MessagePart> parts = MessageSplitter.Split(text, Limit);
        Assert.Equal(2, parts.Count);
        Assert.Equal(code, parts[1].Content);
    }

    [Fact]
    public void Items_of_a_list_stay_whole()
    {
        string text = string.Concat(Enumerable.Range(1, 120).Select(i => $"- item {i} has some words\n"));
        foreach (MessagePart part in MessageSplitter.Split(text, 500))
        {
            Assert.StartsWith("- item", part.Content, StringComparison.Ordinal);
            Assert.EndsWith("words\n", part.Content, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Links_and_mentions_stay_whole()
    {
        const string Link = "[the page](https://example.org/aaaaaaaaaaaaaaaaaaaaaaaaaaaa/bbbbbbbbbbbbbbbbbbbbbb)";
        string text = string.Concat(Enumerable.Repeat($"{Link} and <@123456789012345678>, ", 60));
        IReadOnlyList<MessagePart> parts = MessageSplitter.Split(text, 250);
        Assert.Equal(60, parts.Sum(part => Count(part.Content, Link)));
        Assert.Equal(60, parts.Sum(part => Count(part.Content, "<@123456789012345678>")));
    }

    [Theory]
    [InlineData("**")]
    [InlineData("||")]
    [InlineData("~~")]
    public void Marked_text_is_marked_in_every_message(string mark)
    {
        string text = mark + string.Concat(Enumerable.Repeat("secret words ", 60)).TrimEnd() + mark;
        IReadOnlyList<MessagePart> parts = MessageSplitter.Split(text, 200);
        Assert.True(parts.Count > 3);
        Assert.All(parts, part =>
        {
            Assert.StartsWith(mark, part.Content, StringComparison.Ordinal);
            Assert.EndsWith(mark, part.Content, StringComparison.Ordinal);
        });
    }

    [Fact]
    public void A_text_that_ends_within_a_block_gets_it_closed() =>
        Assert.Equal("```py\nx = 1\n```", MessageSplitter.Split("```py\nx = 1", Limit).Single().Content);

    [Fact]
    public void Exactly_the_limit_is_one_message_and_one_more_is_two()
    {
        Assert.Single(MessageSplitter.Split(new string('a', Limit), Limit));
        Assert.Equal(2, MessageSplitter.Split(new string('a', Limit + 1), Limit).Count);
        string block = "```\n" + new string('a', Limit - 8) + "\n```";
        Assert.Single(MessageSplitter.Split(block, Limit));
    }

    [Theory]
    [InlineData("👨‍👩‍👧‍👦", 4_000)]
    [InlineData("😀", 4_000)]
    [InlineData("\u200b", 5_000)]
    [InlineData("\u0301", 5_000)]
    [InlineData("`", 5_000)]
    [InlineData("```", 3_000)]
    [InlineData("||", 3_000)]
    [InlineData("\n", 5_000)]
    [InlineData("[", 5_000)]
    [InlineData("https://", 3_000)]
    public void Floods_end_and_fit(string flood, int times)
    {
        string text = string.Concat(Enumerable.Repeat(flood, times));
        IReadOnlyList<MessagePart> parts = MessageSplitter.Split(text, Limit);
        Assert.Equal(text.Length, parts.Sum(part => part.Length));
        Assert.All(parts, part =>
        {
            Assert.InRange(part.Content.Length, 1, Limit);
            _ = new UTF8Encoding(false, throwOnInvalidBytes: true).GetBytes(part.Content);       // no half of a pair
        });
    }

    [Fact]
    public void What_is_very_long_becomes_a_file()
    {
        string text = string.Concat(Enumerable.Repeat("Many words of it. ", 1_000));
        AnswerLayout layout = AnswerLayout.Of(text, Limit, 3);
        Assert.Equal(text.Trim(), layout.File);
        Assert.InRange(Assert.Single(layout.Messages).Length, 1_000, Limit);
        Assert.Null(AnswerLayout.Of(text, Limit, 10).File);
        Assert.Empty(AnswerLayout.Of(" \n ", Limit, 3).Messages);
    }

    private static string Draw(Random random, int length)
    {
        var text = new StringBuilder();
        while (text.Length < length)
        {
            text.Append(Pieces[random.Next(Pieces.Length)]);
        }
        return text.ToString();
    }

    private static int Count(string text, string what) => (text.Length - text.Replace(what, "", StringComparison.Ordinal).Length) / what.Length;
}
