using System.CommandLine;
using System.CommandLine.Parsing;
using System.Diagnostics;
using Microsoft.Extensions.AI;
using MicroChat.Chat;
using MicroChat.Dialog;
using MicroChat.Model.Sampling;
using MicroChat.Terminal;

namespace MicroChat.Verbs;

/// <summary><c>ask</c>: one message, one reply.</summary>
internal static class AskVerb
{
    public static Verb Create(ProgramContext program)
    {
        var generation = new GenerationOptions();
        var words = new Argument<string[]>("message")
        {
            Arity = ArgumentArity.ZeroOrMore,
            Description = "What to say; several words are joined by spaces. Without it, or as \"-\", standard input is read to its end.",
        };
        var json = new Option<bool>("--json") { Description = "Print one JSON object with reply, model, tokens, timing (milliseconds) and finish reason." };
        var verb = new Verb("ask", "Ask one thing and print the reply.")
        {
            Examples =
            [
                $"{CommandLine.Name} ask \"What is a volcano?\"",
                $"{CommandLine.Name} ask --temperature 0 --json \"What is 2 + 3?\"",
                $"echo \"Tell me a story.\" | {CommandLine.Name} ask --max-tokens 200 --seed 7",
            ],
        };
        verb.Arguments.Add(words);
        generation.AddTo(verb);
        verb.Options.Add(json);
        verb.SetAction((parsed, _) =>
        {
            RefuseUnknownOptions(parsed);
            string message = Message(program, parsed.GetValue(words) ?? []);
            return RunAsync(program, new Question(message, parsed.GetValue(json), generation, parsed));
        });
        return verb;
    }

    private sealed record Question(string Message, bool Json, GenerationOptions Generation, ParseResult Parsed);

    private static async Task<int> RunAsync(ProgramContext program, Question question)
    {
        using var stop = new CancellationTokenSource();
        using IDisposable interrupt = program.Terminal.OnStop(stop.Cancel);
        long started = program.Time.GetTimestamp();
        using IReplyGenerator generator = program.LoadModel(ModelFolder.Find(question.Generation.Model(question.Parsed), program.BaseFolder));
        SamplingOptions sampling = question.Generation.Sampling(question.Parsed, generator.Info.Sampling)
            with
        { Seed = question.Generation.Seed(question.Parsed) ?? program.NewSeed() };
        TimeSpan load = program.Time.GetElapsedTime(started);
        using var client = new LocalChatClient(generator, program.Time);
        var session = new ChatSession(
            client, client.CountTokens, TokenBudget.For(generator.Info.ContextTokens, sampling.MaxReplyTokens), program.Time)
        {
            SystemPrompt = question.Generation.System(question.Parsed),
        };
        Exchange? exchange = await ReplyAsync(program, session, question, SamplingMapping.ToChatOptions(sampling), stop.Token);
        if (question.Json && exchange is not null)
        {
            ReplyJson.Write(program.Terminal.Output, exchange.Reply, load);
        }
        if (exchange is null or { Reply.Cancelled: true })
        {
            throw new OperationCanceledException();
        }
        return ExitCode.Ok;
    }

    private static async Task<Exchange?> ReplyAsync(
        ProgramContext program, ChatSession session, Question question, ChatOptions options, CancellationToken stop)
    {
        Exchange? exchange = null;
        TextWriter output = question.Json ? TextWriter.Null : program.Terminal.Output;
        await foreach (SessionUpdate update in session.SendAsync(question.Message, options, stop))
        {
            switch (update)
            {
                case SessionText text:
                    output.Write(program.Terminal.IsOutputRedirected ? text.Text : SafeText.ForTerminal(text.Text));
                    output.Flush();
                    break;
                case SessionEnd end:
                    exchange = end.Exchange;
                    output.WriteLine();
                    break;
                case SessionNotice:
                    throw new UnreachableException("A single message has no history to drop.");
            }
        }
        return exchange;
    }

    /// <summary>A message of several words would swallow a mistyped option; after "--" everything is message.</summary>
    private static void RefuseUnknownOptions(ParseResult parsed)
    {
        foreach (Token token in parsed.Tokens.TakeWhile(t => t.Type != TokenType.DoubleDash))
        {
            if (token.Type == TokenType.Argument && token.Value.StartsWith("--", StringComparison.Ordinal) && !token.Value.Any(char.IsWhiteSpace))
            {
                string suggestion = Suggestion.For(token.Value, parsed.CommandResult.Command.Options.Select(o => o.Name));
                throw CommandException.Usage($"there is no option \"{token.Value}\".{suggestion} To say it to the model, put -- before the message.");
            }
        }
    }

    private static string Message(ProgramContext program, string[] words)
    {
        bool fromInput = words is [] or ["-"];
        if (words is [] && !program.Terminal.IsInputRedirected)
        {
            throw CommandException.Usage("there is no message; put it in quotes after ask, or pipe it in.");
        }
        string message = fromInput ? BoundedInput.ReadAll(program.Terminal.Input) : string.Join(' ', words);
        return string.IsNullOrWhiteSpace(message)
            ? throw CommandException.Usage("the message is empty; there is nothing to reply to.")
            : message.Trim();
    }
}
