using System.Runtime.InteropServices;
using System.Text;

namespace MicroChat.Terminal;

/// <summary>The real console.</summary>
internal sealed class SystemTerminal : ITerminal
{
    private const int WidthWhenUnknown = 80;

    public SystemTerminal()
    {
        if (OperatingSystem.IsWindows())
        {
            var utf8 = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
            Console.OutputEncoding = utf8;
            if (Console.IsInputRedirected)
            {
                Console.InputEncoding = utf8;
            }
            WindowsConsole.EnableEscapeSequences();
        }
    }

    public bool IsInteractive => !Console.IsInputRedirected && !Console.IsOutputRedirected;

    public bool IsInputRedirected => Console.IsInputRedirected;

    public bool IsOutputRedirected => Console.IsOutputRedirected;

    public TextReader Input => Console.In;

    public TextWriter Output => Console.Out;

    public TextWriter Error => Console.Error;

    public int Width => Console.WindowWidth is > 0 and int columns ? columns : WidthWhenUnknown;

    public bool KeyAvailable => Console.KeyAvailable;

    public bool MarksPastes => !OperatingSystem.IsWindows();

    public ConsoleKeyInfo ReadKey()
    {
        Console.TreatControlCAsInput = true;
        try
        {
            return Console.ReadKey(intercept: true);
        }
        finally
        {
            Console.TreatControlCAsInput = false;
        }
    }

    public IDisposable OnInterrupt(Action handler) => new Interrupt(handler, null);

    public IDisposable OnStop(Action handler) => new Interrupt(handler, PosixSignalRegistration.Create(PosixSignal.SIGTERM, signal =>
    {
        signal.Cancel = true;
        handler();
    }));

    private sealed class Interrupt : IDisposable
    {
        private readonly PosixSignalRegistration? termination;
        private readonly ConsoleCancelEventHandler onCancel;

        public Interrupt(Action handler, PosixSignalRegistration? termination)
        {
            this.termination = termination;
            onCancel = (_, e) =>
            {
                e.Cancel = true;
                handler();
            };
            Console.CancelKeyPress += onCancel;
        }

        public void Dispose()
        {
            Console.CancelKeyPress -= onCancel;
            termination?.Dispose();
        }
    }
}
