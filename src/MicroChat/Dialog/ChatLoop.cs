using Microsoft.Extensions.AI;
using MicroChat.Chat;
using MicroChat.Feedback;
using MicroChat.Model.Checkpoints;
using MicroChat.Terminal;

namespace MicroChat.Dialog;

/// <summary>Reads messages and commands until the user leaves or the input ends.</summary>
internal sealed class ChatLoop
{
    private const string Prompt = "> ";

    private readonly ITerminal terminal;
    private readonly LineEditor editor;
    private readonly ChatState state;
    private bool failed;
    private bool cancelled;

    /// <param name="makeState">Makes the state around this loop's own way to retry.</param>
    public ChatLoop(ITerminal terminal, Func<Func<Task>, ChatState> makeState)
    {
        this.terminal = terminal;
        editor = new LineEditor(terminal);
        state = makeState(RetryAsync);
    }

    /// <summary>Runs the conversation.</summary>
    /// <returns>One of <see cref="ExitCode"/>: failure only when the input was redirected and a line of it could not be answered.</returns>
    public async Task<int> RunAsync()
    {
        if (terminal.IsInteractive)
        {
            terminal.Output.WriteLine(
                $"{state.Model.Name}: {state.Model.Parameters / 1e6:0.0} M weights, context of {state.Model.ContextTokens:N0} tokens. /help lists the commands, Ctrl-C stops a reply, /exit leaves.");
        }
        while (!state.IsOver && !cancelled)
        {
            await GuardAsync(StepAsync);
        }
        return cancelled ? ExitCode.Cancelled : failed && !terminal.IsInteractive ? ExitCode.Failure : ExitCode.Ok;
    }

    private async Task StepAsync()
    {
        string? line = Read();
        if (line is null)
        {
            state.IsOver = true;
        }
        else if (ChatCommands.IsCommand(line))
        {
            await ChatCommands.RunAsync(state, line);
        }
        else if (!string.IsNullOrWhiteSpace(line))
        {
            await ReplyAsync((options, stop) => state.Session.SendAsync(ChatCommands.Unescape(line).Trim(), options, stop));
        }
    }

    /// <summary>The next line; a terminal or pipe that breaks ends the conversation, as no later line could be read either.</summary>
    private string? Read()
    {
        try
        {
            return terminal.IsInteractive ? Ask() : BoundedInput.ReadLine(terminal.Input);
        }
        catch (Exception e) when (e is IOException or InvalidOperationException)
        {
            state.IsOver = true;
            throw;
        }
    }

    /// <summary>The next message from the keyboard; null: the user leaves.</summary>
    private string? Ask()
    {
        LineRead read = editor.Read(Prompt);
        if (read.End == LineEnd.Interrupted)
        {
            terminal.Output.WriteLine("Ctrl-C once more, or /exit, leaves.");
            read = editor.Read(Prompt);
        }
        return read.End == LineEnd.Entered ? read.Text : null;
    }

    private Task RetryAsync() => ReplyAsync((options, stop) =>
        state.Session.Exchanges.Count > 0
            ? state.Session.RetryAsync(options, stop)
            : throw CommandException.Failure("there is no reply to retry yet; say something first."));

    private async Task ReplyAsync(Func<ChatOptions, CancellationToken, IAsyncEnumerable<SessionUpdate>> reply)
    {
        using var stop = new CancellationTokenSource();
        using IDisposable interrupt = terminal.OnInterrupt(stop.Cancel);
        long seed = state.Seeds.Next();
        var options = SamplingMapping.ToChatOptions(state.Sampling with { Seed = seed });
        await foreach (SessionUpdate update in reply(options, stop.Token))
        {
            switch (update)
            {
                case SessionNotice notice:
                    Note(Describe(notice));
                    break;
                case SessionText text:
                    terminal.Output.Write(terminal.IsOutputRedirected ? text.Text : SafeText.ForTerminal(text.Text));
                    terminal.Output.Flush();
                    break;
                case SessionEnd end:
                    End(end.Exchange);
                    break;
            }
        }
    }

    private void End(Exchange? exchange)
    {
        terminal.Output.WriteLine();
        if (exchange is null or { Reply.Cancelled: true })
        {
            Note(exchange is null ? "Stopped before the first word; your message was taken back." : "Stopped; what was said stays in the conversation.");
            cancelled = !terminal.IsInteractive;
        }
        else if (exchange.Reply.Text.Length == 0)
        {
            Note("The model had nothing to say; /retry asks again.");
        }
        else if (exchange.Reply.FinishReason == ChatFinishReason.Length.Value)
        {
            Note($"Cut off at the longest reply ({state.Sampling.MaxReplyTokens} tokens) or the end of the context; /max-tokens changes the former.");
        }
    }

    /// <summary>A failure of one line must not end the conversation.</summary>
    private async Task GuardAsync(Func<Task> step)
    {
        try
        {
            await step();
        }
        catch (Exception e) when (e is CommandException or FeedbackException or MessageTooLongException or CheckpointException or IOException or UnauthorizedAccessException
            or ArgumentException or InvalidOperationException)
        {
            failed = true;
            terminal.Error.WriteLine($"{CommandLine.Name}: {e.Message.ReplaceLineEndings(" ")}");
        }
    }

    private void Note(string text) => (terminal.IsInteractive ? terminal.Output : terminal.Error).WriteLine($"({text})");

    private static string Describe(SessionNotice notice)
    {
        string kept = notice.Kept == 0 ? "your new message alone" : $"your new message and the {Exchanges(notice.Kept)} before it";
        return $"The conversation outgrew the context: the oldest {Exchanges(notice.Dropped)} left the prompt. The model sees {kept}.";
    }

    private static string Exchanges(int count) => count == 1 ? "exchange" : $"{count} exchanges";
}
