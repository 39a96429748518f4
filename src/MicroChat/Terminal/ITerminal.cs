namespace MicroChat.Terminal;

/// <summary>The console as the verbs see it; tests put a script in its place.</summary>
internal interface ITerminal
{
    /// <summary>Whether a person types at a keyboard and sees the output: neither end is a file or a pipe.</summary>
    public bool IsInteractive { get; }

    /// <summary>Whether standard input comes from a file or a pipe.</summary>
    public bool IsInputRedirected { get; }

    /// <summary>Whether standard output goes to a file or a pipe.</summary>
    public bool IsOutputRedirected { get; }

    public TextReader Input { get; }

    public TextWriter Output { get; }

    public TextWriter Error { get; }

    /// <summary>Columns of the window; at least 1.</summary>
    public int Width { get; }

    /// <summary>Whether a key can be read without waiting.</summary>
    public bool KeyAvailable { get; }

    /// <summary>Whether the terminal marks the borders of a paste (xterm's mode 2004).</summary>
    public bool MarksPastes { get; }

    /// <summary>Waits for a key and does not show it. Ctrl-C arrives as a key.</summary>
    public ConsoleKeyInfo ReadKey();

    /// <summary>Calls <paramref name="handler"/> on Ctrl-C, in place of ending the program, until the result is disposed.</summary>
    public IDisposable OnInterrupt(Action handler);

    /// <summary>As <see cref="OnInterrupt"/>, and also on the signal with which service managers end a program (SIGTERM).</summary>
    public IDisposable OnStop(Action handler);
}
