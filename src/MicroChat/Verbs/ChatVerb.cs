using System.CommandLine;
using MicroChat.Chat;
using MicroChat.Dialog;
using MicroChat.Model.Sampling;

namespace MicroChat.Verbs;

/// <summary><c>chat</c>: a conversation in the terminal.</summary>
internal static class ChatVerb
{
    public static Verb Create(ProgramContext program)
    {
        var generation = new GenerationOptions();
        var feedback = new Option<string?>("--feedback")
        {
            HelpName = "file",
            Description = $"JSONL file that /up and /down append to. Default: {FeedbackName} in this user's local application data.",
        };
        var verb = new Verb("chat", "Talk with the model; /help in the conversation lists its commands. Redirected input: one message per line.")
        {
            Examples =
            [
                $"{CommandLine.Name} chat",
                $"{CommandLine.Name} chat --system \"You are a pirate.\" --temperature 1.0",
                $"{CommandLine.Name} chat --seed 1 < questions.txt > replies.txt",
            ],
        };
        generation.AddTo(verb);
        verb.Options.Add(feedback);
        verb.SetAction(async (parsed, _) =>
        {
            using IReplyGenerator generator = program.LoadModel(ModelFolder.Find(generation.Model(parsed), program.BaseFolder));
            SamplingOptions sampling = generation.Sampling(parsed, generator.Info.Sampling);
            using var client = new LocalChatClient(generator, program.Time);
            var budget = TokenBudget.For(generator.Info.ContextTokens, sampling.MaxReplyTokens);
            var loop = new ChatLoop(program.Terminal, retry => new ChatState
            {
                Session = new ChatSession(client, client.CountTokens, budget, program.Time) { SystemPrompt = generation.System(parsed) },
                Model = generator.Info,
                Sampling = sampling,
                Seeds = new ReplySeeds(program.NewSeed, generation.Seed(parsed)),
                Feedback = new FeedbackFile(parsed.GetValue(feedback) ?? Path.Combine(program.DataFolder, FeedbackName), program.Time),
                Output = program.Terminal.Output,
                RetryAsync = retry,
            });
            return await loop.RunAsync();
        });
        return verb;
    }

    private const string FeedbackName = "feedback.jsonl";
}
