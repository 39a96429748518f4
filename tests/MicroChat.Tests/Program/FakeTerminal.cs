using System.Text;
using MicroChat.Terminal;

namespace MicroChat.Tests.Program;

/// <summary>A console whose keys and input come from the test.</summary>
internal sealed class FakeTerminal : ITerminal
{
    private readonly Queue<ConsoleKeyInfo> keys = new();
    private Action interrupt = () => { };

    public bool IsInteractive { get; init; }

    public bool IsInputRedirected => !IsInteractive;

    public bool IsOutputRedirected => !IsInteractive;

    public TextReader Input { get; init; } = TextReader.Null;

    public StringWriter Out { get; } = new() { NewLine = "\n" };

    public StringWriter Err { get; } = new() { NewLine = "\n" };

    public TextWriter Output => Out;

    public TextWriter Error => Err;

    public int Width { get; init; } = 80;

    public bool KeyAvailable => keys.Count > 0;

    public bool MarksPastes { get; init; } = true;

    public ConsoleKeyInfo ReadKey() => keys.TryDequeue(out ConsoleKeyInfo key) ? key : throw new InvalidOperationException("The test's keys ran out.");

    public IDisposable OnInterrupt(Action handler)
    {
        interrupt = handler;
        return new StringReader("");
    }

    public IDisposable OnStop(Action handler) => OnInterrupt(handler);

    /// <summary>Ctrl-C while the program works.</summary>
    public void Interrupt() => interrupt();

    /// <summary>Types text; a line feed is the Enter key.</summary>
    public FakeTerminal Type(string text)
    {
        foreach (char c in text)
        {
            keys.Enqueue(c == '\n'
                ? new ConsoleKeyInfo('\r', ConsoleKey.Enter, false, false, false)
                : new ConsoleKeyInfo(c, c == '\u001b' ? ConsoleKey.Escape : ConsoleKey.None, false, false, false));
        }
        return this;
    }

    public FakeTerminal Press(ConsoleKey key, bool control = false, bool alt = false, int times = 1)
    {
        for (int i = 0; i < times; i++)
        {
            char c = control && key is >= ConsoleKey.A and <= ConsoleKey.Z ? (char)(key - ConsoleKey.A + 1) : '\0';
            keys.Enqueue(new ConsoleKeyInfo(c, key, shift: false, alt, control));
        }
        return this;
    }
}
