using MicroChat.Terminal;

namespace MicroChat.Tests.Program;

public sealed class LineEditorTests
{
    private readonly FakeTerminal terminal = new() { IsInteractive = true };

    [Fact]
    public void Arrows_home_and_end_move_where_text_goes() => Assert.Equal("Oh, hello world!", Read(terminal.Type("hello wrld")
        .Press(ConsoleKey.LeftArrow, times: 3).Type("o").Press(ConsoleKey.Home).Type("Oh, ").Press(ConsoleKey.End).Type("!\n")));

    [Fact]
    public void Control_keys_cut_what_their_names_say()
    {
        Assert.Equal("world", Read(terminal.Type("hello ").Press(ConsoleKey.U, control: true).Type("world\n")));
        Assert.Equal("he", Read(terminal.Type("hello").Press(ConsoleKey.LeftArrow, times: 3).Press(ConsoleKey.K, control: true).Type("\n")));
        Assert.Equal("one three", Read(terminal.Type("one two  ").Press(ConsoleKey.W, control: true).Type("three\n")));
        Assert.Equal("xab", Read(terminal.Type("ab").Press(ConsoleKey.A, control: true).Type("x\n")));
        Assert.Equal("abx", Read(terminal.Type("ab").Press(ConsoleKey.A, control: true).Press(ConsoleKey.E, control: true).Type("x\n")));
        Assert.Equal("b", Read(terminal.Type("ab").Press(ConsoleKey.Home).Press(ConsoleKey.Delete).Type("\n")));
        Assert.Equal("b", Read(terminal.Type("ab").Press(ConsoleKey.Home).Press(ConsoleKey.D, control: true).Type("\n")));
    }

    [Fact]
    public void Word_moves_stop_at_words()
    {
        Assert.Equal("one -two three", Read(terminal.Type("one two three").Press(ConsoleKey.LeftArrow, control: true, times: 2).Type("-\n")));
        Assert.Equal("one- two", Read(terminal.Type("one two").Press(ConsoleKey.Home).Press(ConsoleKey.F, alt: true).Type("-\n")));
    }

    [Theory]
    [InlineData("e\u0301")]                          // e and a combining accent
    [InlineData("日")]
    [InlineData("👍🏽")]                              // thumb and skin tone: two surrogate pairs
    [InlineData("👨‍👩‍👧")]                            // joined family
    [InlineData("🇩🇪")]
    public void One_backspace_or_arrow_takes_one_perceived_character(string cluster)
    {
        Assert.Equal("ab", Read(terminal.Type($"ab{cluster}").Press(ConsoleKey.Backspace).Type("\n")));
        Assert.Equal($"ab-{cluster}", Read(terminal.Type($"ab{cluster}").Press(ConsoleKey.LeftArrow).Type("-\n")));
        Assert.Equal($"{cluster}-b", Read(terminal.Type($"{cluster}b").Press(ConsoleKey.Home).Press(ConsoleKey.RightArrow).Type("-\n")));
    }

    [Fact]
    public void History_goes_up_and_down_and_keeps_what_was_being_typed()
    {
        var editor = new LineEditor(terminal);
        terminal.Type("first\nsecond\n");
        editor.Read("> ");
        editor.Read("> ");
        terminal.Type("dra").Press(ConsoleKey.UpArrow, times: 5).Press(ConsoleKey.DownArrow).Type("!\n");
        Assert.Equal("second!", editor.Read("> ").Text);
        terminal.Type("dra").Press(ConsoleKey.UpArrow, times: 2).Press(ConsoleKey.DownArrow, times: 5).Type("ft\n");
        Assert.Equal("draft", editor.Read("> ").Text);
    }

    [Fact]
    public void A_trailing_backslash_continues_on_the_next_line() =>
        Assert.Equal("one\ntwo", Read(terminal.Type("one\\\ntwo\n")));

    [Fact]
    public void A_marked_paste_of_several_lines_is_one_message() =>
        Assert.Equal("a b\nc d\nlast!", Read(terminal.Type("\u001b[200~a b\nc d\nlast\u001b[201~!\n")));

    [Fact]
    public void Without_marks_lines_that_arrive_at_once_are_one_message()
    {
        var windows = new FakeTerminal { IsInteractive = true, MarksPastes = false };
        Assert.Equal("a\nb", Read(windows.Type("a\nb\n")));
    }

    [Fact]
    public void A_lone_escape_key_loses_nothing_that_follows() =>
        Assert.Equal("[2x", Read(terminal.Type("\u001b[2x\n")));

    [Fact]
    public void Control_C_clears_a_text_and_interrupts_an_empty_line()
    {
        terminal.Type("abc").Press(ConsoleKey.C, control: true).Press(ConsoleKey.C, control: true);
        Assert.Equal(LineEnd.Interrupted, new LineEditor(terminal).Read("> ").End);
        terminal.Press(ConsoleKey.D, control: true);
        Assert.Equal(LineEnd.EndOfInput, new LineEditor(terminal).Read("> ").End);
    }

    [Theory]
    [InlineData("hello wide 日本語 text that wraps", 12)]
    [InlineData("日本語日本語日本語", 7)]
    [InlineData("plain", 80)]
    [InlineData("👍👍👍👍👍👍", 5)]
    public void The_screen_shows_the_text_and_the_cursor_where_they_are(string text, int width)
    {
        var narrow = new FakeTerminal { IsInteractive = true, Width = width };
        var view = new LineView(narrow, "> ");
        for (int cursor = text.Length; cursor >= 0; cursor--)
        {
            if (cursor == text.Length || !char.IsLowSurrogate(text[cursor]))
            {
                view.Draw(text, cursor);
                Screen screen = Screen.Show(narrow.Out.ToString());
                Assert.Equal("> " + text, string.Concat(screen.Rows), ignoreAllWhiteSpace: true);
                Assert.All(screen.Rows, row => Assert.True(Columns(row) < width, $"a row of {Columns(row)} columns in a window of {width}"));
            }
        }
        Screen last = Screen.Show(narrow.Out.ToString());
        Assert.Equal((0, 2), (last.Row, last.Column));
    }

    [Fact]
    public void The_cursor_stands_behind_wide_characters_by_their_columns()
    {
        new LineView(terminal, "> ").Draw("a日e\u0301b", 4);
        Screen screen = Screen.Show(terminal.Out.ToString());
        Assert.Equal((0, 2 + 1 + 2 + 1), (screen.Row, screen.Column));
    }

    [Theory]
    [InlineData("a", 1)]
    [InlineData("é", 1)]
    [InlineData("e\u0301", 1)]
    [InlineData("日", 2)]
    [InlineData("ｱ", 1)]                              // half-width katakana
    [InlineData("👍", 2)]
    [InlineData("❤️", 2)]                             // text heart with emoji presentation
    [InlineData("❤", 1)]
    [InlineData("🇩🇪", 2)]
    [InlineData("한", 2)]
    public void Characters_take_the_columns_that_Unicode_gives_them(string cluster, int columns) =>
        Assert.Equal(columns, DisplayWidth.OfCluster(cluster));

    private static int Columns(string row)
    {
        int columns = 0;
        var clusters = System.Globalization.StringInfo.GetTextElementEnumerator(row);
        while (clusters.MoveNext())
        {
            columns += DisplayWidth.OfCluster(clusters.GetTextElement());
        }
        return columns;
    }

    private static string Read(FakeTerminal terminal) => new LineEditor(terminal).Read("> ").Text;
}
