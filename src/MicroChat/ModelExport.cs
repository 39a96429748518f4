using MicroChat.Model.Checkpoints;
using MicroChat.Model.Decoding;
using MicroChat.Training.Reports;
using MicroChat.Training.Stages;

namespace MicroChat;

/// <summary>Writes model folders without training state.</summary>
internal static class ModelExport
{
    private static readonly string[] Assets = ["tokenizer.json", "tokenizer_config.json", "chat_template.jinja", "generation_config.json", TextFingerprint.FileName];

    /// <summary>Writes config, weights, tokenizer and template, and a card where a training run made the model: the folder appears whole or not at all.</summary>
    /// <param name="from">The model's folder, whose other files are taken as they are.</param>
    /// <param name="to">The new folder.</param>
    /// <param name="weights">Its weights, with whatever was merged into them.</param>
    /// <param name="type">Their number format.</param>
    /// <exception cref="CheckpointException">The file system refused.</exception>
    public static void Write(string from, string to, ParameterBlock weights, TensorType type) => AtomicFolder.Write(to, folder =>
    {
        DecoderConfigWriter.Write(weights.Config, folder);
        foreach (string asset in Assets)
        {
            string source = Path.Combine(from, asset);
            if (File.Exists(source))
            {
                File.Copy(source, Path.Combine(folder, asset), overwrite: true);
            }
        }
        WeightFiles.Save(Path.Combine(folder, WeightFiles.FileName), [("", weights)], type);
        if (TrainingCheckpoint.RunOf(from) is { } run && RunManifest.Load(run) is { } made)
        {
            ModelCardPage.Write(folder, Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(to))), weights.Config, weights.Count, made, run);
        }
    });
}
