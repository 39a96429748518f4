using System.Text.Json;
using MicroChat.Model.Sampling;

namespace MicroChat.Model.Checkpoints;

/// <summary>The sampling that a model's own generation_config.json asks for; what it does not say keeps this program's default.</summary>
public static class GenerationConfig
{
    /// <summary>Reads the file, if there is one.</summary>
    /// <param name="folder">The model's folder.</param>
    /// <exception cref="CheckpointException">A value is out of range; the message names file, field, value and wish.</exception>
    public static SamplingOptions Read(string folder)
    {
        string path = Path.Combine(folder, DecoderConfigReader.GenerationName);
        if (!File.Exists(path))
        {
            return new SamplingOptions();
        }
        using JsonDocument document = JsonFile.ReadObject(path);
        var fields = new JsonFields(path, "", document.RootElement);
        var defaults = new SamplingOptions();
        var options = defaults with
        {
            Temperature = fields.Flag("do_sample") == false ? 0 : fields.Number("temperature", 0, 100) ?? defaults.Temperature,
            TopK = fields.Integer("top_k", 0, int.MaxValue) ?? defaults.TopK,
            TopP = fields.Number("top_p", 0, 1) ?? defaults.TopP,
            MinP = fields.Number("min_p", 0, 1) ?? defaults.MinP,
            RepetitionPenalty = fields.Number("repetition_penalty", 0.01, 100) ?? defaults.RepetitionPenalty,
            MaxReplyTokens = fields.Integer("max_new_tokens", 1, int.MaxValue) ?? defaults.MaxReplyTokens,
        };
        return options.Validate() is { Count: > 0 } faults ? throw new CheckpointException($"{path}: {string.Join(" ", faults)} Correct the file.") : options;
    }
}
