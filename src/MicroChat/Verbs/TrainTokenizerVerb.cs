using System.CommandLine;
using MicroChat.Model.Tokenizers;
using MicroChat.Training.Data;

namespace MicroChat.Verbs;

/// <summary><c>train tokenizer</c>: learns a vocabulary from texts and conversations.</summary>
internal static class TrainTokenizerVerb
{
    /// <summary>Conversations are few beside books, and the model is to chat: their words count several times.</summary>
    private const int ConversationWeight = 3;

    public static Verb Create(ProgramContext program)
    {
        var data = new Option<string?>("--data") { HelpName = "folder", Description = "Folder with text/ and chat/. Default: data/ of the checkout." };
        var output = new Option<string>("--out") { HelpName = "folder", Description = "Folder that tokenizer.json is written to.", Required = true };
        var size = new Option<int>("--vocabulary") { HelpName = "n", Description = "Tokens of the vocabulary.", DefaultValueFactory = _ => 8_192 };
        var verb = new Verb("tokenizer", "Learn a vocabulary (byte-level BPE) and write it as a Hugging Face tokenizer.json.")
        {
            Examples = [$"{CommandLine.Name} train tokenizer --out runs/tokenizer --vocabulary 8192"],
        };
        verb.Options.Add(data);
        verb.Options.Add(output);
        verb.Options.Add(size);
        verb.SetAction((parsed, _) =>
        {
            string folder = parsed.GetValue(data) ?? CheckoutFolder.Find(program.BaseFolder, "data")
                ?? throw CommandException.Failure("there is no folder data/ in the checkout; name the folder of the training data with --data.");
            return Task.FromResult(Run(program, folder, parsed.GetValue(output)!, parsed.GetValue(size)));
        });
        return verb;
    }

    private static int Run(ProgramContext program, string data, string output, int size)
    {
        using var stop = new CancellationTokenSource();
        using IDisposable interrupt = program.Terminal.OnStop(stop.Cancel);
        string[] texts = Files(data, "text"), chats = Files(data, "chat");
        if (texts.Length + chats.Length == 0)
        {
            throw CommandException.Failure($"{data} has no files in text/ or chat/; it must have some, .txt or .jsonl, plain or .gz.");
        }
        var trainer = new BpeTrainer(new BpeTrainerOptions { VocabularySize = size, Threads = Environment.ProcessorCount });
        program.Terminal.Output.WriteLine($"Reading {texts.Length} texts and {chats.Length} files of conversations from {data} …");
        trainer.AddFiles(texts, stop.Token);
        foreach (string chat in chats)
        {
            foreach (Conversation conversation in Datasets.Conversations(chat, new DatasetOptions(), new RowReport()))
            {
                stop.Token.ThrowIfCancellationRequested();
                foreach (var turn in conversation.Turns)
                {
                    trainer.Add(turn.Content, ConversationWeight);
                }
            }
        }
        program.Terminal.Output.WriteLine($"Learning {size:N0} tokens from {trainer.DistinctPieces:N0} different pieces …");
        Tokenizer tokenizer = trainer.Train(progress: null, stop.Token);
        Directory.CreateDirectory(output);
        string path = Path.Combine(output, "tokenizer.json");
        tokenizer.Save(path);
        program.Terminal.Output.WriteLine($"Tokenizer with {tokenizer.VocabularySize:N0} tokens: {path}");
        return ExitCode.Ok;
    }

    private static string[] Files(string data, string kind)
    {
        string folder = Path.Combine(data, kind);
        return Directory.Exists(folder) ? [.. Directory.GetFiles(folder).Order(StringComparer.Ordinal)] : [];
    }
}
