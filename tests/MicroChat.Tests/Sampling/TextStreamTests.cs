using System.Text;
using MicroChat.Model.Sampling;

namespace MicroChat.Tests.Sampling;

public sealed class TextStreamTests
{
    [Theory]
    [InlineData("hello END there", "hello ", "END")]
    [InlineData("aaab", "a", "aab")]                           // the automaton must fall back, not restart
    [InlineData("ababac", "ab", "abac")]
    [InlineData("xEN", "xEN", "END")]                          // a beginning only: flushed at the end
    [InlineData("ab", "", "ab")]
    [InlineData("say 🙂🙃 now", "say 🙂", "🙃")]
    [InlineData("🙂🙂", "🙂🙂", "🙃")]                          // shares its first half with the stop
    [InlineData("one\r\n\r\ntwo", "one\r", "\n\r\n")]
    [InlineData("say stop", "say ", "never", "stop", "top")]   // both end here: the longer, so the earlier
    [InlineData("nothing", "nothing")]
    public void Text_ends_before_the_stop_however_it_is_cut(string text, string wanted, params string[] stops)
    {
        var random = new Random(5);
        for (int round = 0; round < 50; round++)
        {
            var stream = new StopStrings(stops);
            var found = new StringBuilder();
            for (int at = 0; at < text.Length;)
            {
                int length = Math.Min(round == 0 ? text.Length : round == 1 ? 1 : random.Next(5), text.Length - at);
                string piece = stream.Append(text.AsSpan(at, length)).ToString();
                Assert.True(StopStrings.IsWellFormed(piece), "half of a pair was emitted");
                found.Append(piece);
                at += length;
            }
            found.Append(stream.Flush());
            Assert.Equal(wanted, found.ToString());
            Assert.Equal(wanted != text, stream.Stopped);
            Assert.Equal(stream.Found is null ? wanted : wanted + stream.Found, text[..(wanted.Length + (stream.Found?.Length ?? 0))]);
        }
    }

    [Fact]
    public void Random_texts_agree_with_a_search_of_the_whole_text()
    {
        var random = new Random(6);
        for (int round = 0; round < 2_000; round++)
        {
            string text = Letters(random, random.Next(30));
            string[] stops = [.. Enumerable.Range(0, 1 + random.Next(3)).Select(_ => Letters(random, 1 + random.Next(5)))];
            int end = Enumerable.Range(1, text.Length).FirstOrDefault(e => stops.Any(s => text[..e].EndsWith(s, StringComparison.Ordinal)));
            string wanted = end == 0 ? text : text[..(end - stops.Where(s => text[..end].EndsWith(s, StringComparison.Ordinal)).Max(s => s.Length))];
            var stream = new StopStrings(stops);
            string found = string.Concat(text.Select(c => stream.Append([c]).ToString())) + stream.Flush().ToString();
            Assert.Equal(wanted, found);
        }
    }

    [Fact]
    public void Only_a_possible_beginning_is_withheld()
    {
        var stream = new StopStrings(["<end>"]);
        Assert.Equal("a", stream.Append("a").ToString());
        Assert.Equal("", stream.Append("<e").ToString());
        Assert.Equal("<ex", stream.Append("x").ToString());
        Assert.Equal("b", stream.Append("b<").ToString());
        Assert.Equal("<", stream.Append("<").ToString());
        Assert.Equal("", stream.Append("end> more").ToString());
        Assert.Equal("", stream.Append("more").ToString());
        Assert.Equal("", stream.Flush().ToString());
        Assert.Equal("<end>", stream.Found);
        stream.Reset();
        Assert.Equal("again", stream.Append("again").ToString());
        Assert.False(stream.Stopped);
    }

    [Fact]
    public void Empty_and_ill_formed_stops_are_refused() => Assert.All(["", null!, "\udc00", "a\ud83d", "\ud83d\ud83d"], (string stop) =>
        Assert.Contains("Stop text 1 is", Assert.Throws<ArgumentException>(() => new StopStrings(["fine", stop])).Message));

    [Fact]
    public void Bytes_become_the_text_that_one_decoding_gives_however_they_are_cut()
    {
        byte[][] inputs =
        [
            Encoding.UTF8.GetBytes("grüße 🙂 日本 é\0"), [0xF0, 0x9F, 0x99], [0xC3], [0x80, 0x41], [0xE2, 0x82, 0x41, 0xE2, 0x82, 0xAC],
            [0xED, 0xA0, 0x80], [0xC0, 0xAF], [0xF4, 0x90, 0x80, 0x80], [0xF0, 0x80, 0x80], [0xFF, 0xFE, 0x41], [0xEF, 0xBB, 0xBF, 0x41],
        ];
        var random = new Random(7);
        for (int round = 0; round < 300; round++)
        {
            byte[] bytes = round < inputs.Length ? inputs[round] : [.. Enumerable.Range(0, random.Next(12)).SelectMany(_ => inputs[random.Next(inputs.Length)])];
            var assembler = new Utf8Assembler();
            var found = new StringBuilder();
            for (int at = 0; at < bytes.Length;)
            {
                int length = Math.Min(random.Next(4), bytes.Length - at);
                string piece = assembler.Append(bytes.AsSpan(at, length)).ToString();
                Assert.True(StopStrings.IsWellFormed(piece));
                found.Append(piece);
                at += length;
            }
            found.Append(assembler.Flush());
            Assert.Equal(Encoding.UTF8.GetString(bytes), found.ToString());
        }
    }

    [Fact]
    public void Half_a_character_waits_for_its_other_half()
    {
        var assembler = new Utf8Assembler();
        Assert.Equal("a", assembler.Append([0x61, 0xF0, 0x9F]).ToString());
        Assert.Equal("", assembler.Append([0x99]).ToString());
        Assert.Equal("🙂", assembler.Append([0x82]).ToString());
        assembler.Append([0xC3]);
        assembler.Reset();
        Assert.Equal("b", assembler.Append("b"u8).ToString());
        assembler.Append([0xC3]);
        Assert.Equal("\ufffd", assembler.Flush().ToString());
    }

    private static string Letters(Random random, int length) => new([.. Enumerable.Range(0, length).Select(_ => (char)('a' + random.Next(2)))]);
}
