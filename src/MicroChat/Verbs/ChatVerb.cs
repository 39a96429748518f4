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
        Option<string?> database = FeedbackVerb.Database("Database that /up and /down write to.");
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
        verb.Options.Add(database);
        verb.SetAction(async (parsed, _) =>
        {
            using IReplyGenerator generator = program.LoadModel(ModelFolder.Find(generation.Model(parsed), program.BaseFolder));
            SamplingOptions sampling = generation.Sampling(parsed, generator.Info.Sampling);
            using var client = new LocalChatClient(generator, program.Time);
            var budget = TokenBudget.For(generator.Info.ContextTokens, sampling.MaxReplyTokens);
            string path = FeedbackDatabase.PathOf(program, parsed.GetValue(database));
            await using var feedback = new TerminalFeedback(path, () => FeedbackDatabase.Open(program, path), program.Time);
            var loop = new ChatLoop(program.Terminal, retry => new ChatState
            {
                Session = new ChatSession(client, client.CountTokens, budget, program.Time) { SystemPrompt = generation.System(parsed) },
                Model = generator.Info,
                Sampling = sampling,
                Seeds = new ReplySeeds(program.NewSeed, generation.Seed(parsed)),
                Feedback = feedback,
                Output = program.Terminal.Output,
                RetryAsync = retry,
            });
            return await loop.RunAsync();
        });
        return verb;
    }
}
