using System.CommandLine;
using MicroChat.Model.Decoding;
using MicroChat.Training.Stages;

namespace MicroChat.Verbs;

/// <summary><c>train pretrain</c>: a new model learns the language.</summary>
internal static class PretrainVerb
{
    public static Verb Create(ProgramContext program)
    {
        var training = new TrainingArguments("pretrain.json", steps: 400, rate: 3e-3, warmup: 60, weightDecay: 0.1, accumulate: 4, rowTokens: 512);
        var tokenizer = new Option<string?>("--tokenizer") { HelpName = "folder", Description = "Folder of tokenizer.json, for a new model." };
        var model = new Option<string?>("--model") { HelpName = "folder", Description = "Go on from this model instead: a folder, or the folder of a run. Its shape and tokenizer are kept." };
        Option<int> layers = Size("--layers", "Blocks.", 6), width = Size("--width", "Channels of the residual stream.", 384), heads = Size("--heads", "Query heads.", 6);
        Option<int> keyValueHeads = Size("--kv-heads", "Key and value heads.", 2), feedForward = Size("--feed-forward", "Channels inside the feed-forward branch.", 1_024);
        Option<int> context = Size("--context", "Longest sequence, in tokens.", 1_024);
        var verb = new Verb("pretrain", "Teach a new model to predict text and dialogue.")
        {
            Examples = [$"{CommandLine.Name} train pretrain --tokenizer runs/tokenizer --out runs/pretrain --steps 400"],
        };
        verb.Options.Add(tokenizer);
        verb.Options.Add(model);
        training.AddTo(verb);
        foreach (Option<int> size in (Option<int>[])[layers, width, heads, keyValueHeads, feedForward, context])
        {
            verb.Options.Add(size);
        }
        verb.SetAction((parsed, _) => Task.FromResult(TrainVerb.Run(program, [.. parsed.Tokens.Select(t => t.Value)], training.Threads(parsed), (stage, stop) =>
            Pretrain.Run(
                new PretrainOptions
                {
                    DataFolder = training.DataFolder(parsed, program),
                    Recipe = training.Recipe(parsed, program),
                    Tokenizer = parsed.GetValue(tokenizer),
                    Model = parsed.GetValue(model) is { } from ? ModelFolder.OfRun(from) : null,
                    OutFolder = training.Out(parsed),
                    Shape = Shape(parsed.GetValue(layers), parsed.GetValue(width), parsed.GetValue(heads), parsed.GetValue(keyValueHeads), parsed.GetValue(feedForward), parsed.GetValue(context)),
                    Training = training.Training(parsed),
                    MaxRowTokens = training.RowTokens(parsed),
                    Seed = training.Seed(parsed),
                },
                stage, stop))));
        return verb;
    }

    private static Option<int> Size(string name, string description, int value) =>
        new(name) { HelpName = "n", Description = description, DefaultValueFactory = _ => value };

    private static DecoderConfig Shape(int layers, int width, int heads, int keyValueHeads, int feedForward, int context)
    {
        if (layers < 1 || width < 1 || heads < 1 || keyValueHeads < 1 || feedForward < 1 || context < 2)
        {
            throw CommandException.Usage($"the sizes are layers {layers}, width {width}, heads {heads}, kv-heads {keyValueHeads}, feed-forward {feedForward}, context {context}; each must be at least 1, the context 2.");
        }
        if (width % (2 * heads) != 0 || heads % keyValueHeads != 0)
        {
            throw CommandException.Usage($"--width is {width}, --heads {heads}, --kv-heads {keyValueHeads}; the width must be an even multiple of the heads, and the heads a multiple of the kv-heads.");
        }
        return new DecoderConfig
        {
            ModelType = "llama", VocabularySize = 1, Width = width, Layers = layers, Heads = heads, KeyValueHeads = keyValueHeads, HeadSize = width / heads,
            FeedForward = feedForward, ContextTokens = context, NormEpsilon = 1e-5f, RopeTheta = 10_000, TieEmbeddings = true,
        };
    }
}
