using MicroChat.Training.Stages;

namespace MicroChat;

/// <summary>Finds the folder of the model to talk with.</summary>
internal static class ModelFolder
{
    /// <summary>The file whose presence makes a folder a model.</summary>
    public const string ConfigFile = "config.json";

    private const string Embedded = "models";

    /// <summary>The folder that was asked for, or else the embedded model: beside the program, or above it in a checkout.</summary>
    /// <param name="asked">Value of --model; null: none was given.</param>
    /// <param name="baseFolder">Where the program lies.</param>
    /// <exception cref="CommandException">There is no such folder, or it holds no model.</exception>
    public static string Find(string? asked, string baseFolder)
    {
        if (asked is not null)
        {
            return Directory.Exists(asked)
                ? RequireModel(OfRun(Path.GetFullPath(asked)))
                : throw CommandException.Failure(
                    $"--model is \"{asked}\", which is no folder; name a folder with {ConfigFile}, tokenizer.json and model.safetensors.");
        }
        if (CheckoutFolder.Find(baseFolder, Path.Combine(Embedded, ConfigFile)) is { } config)
        {
            return Path.GetDirectoryName(config)!;
        }
        throw CommandException.Failure(
            $"there is no folder \"{Embedded}\" with a {ConfigFile} in {baseFolder} or above it; give a model with --model FOLDER.");
    }

    /// <summary>The newest checkpoint where the folder is that of a training run; else the folder itself.</summary>
    public static string OfRun(string folder) =>
        File.Exists(Path.Combine(folder, ConfigFile)) ? folder : TrainingCheckpoint.Newest(TrainingCheckpoint.Checkpoints(folder)) ?? folder;

    private static string RequireModel(string folder) => File.Exists(Path.Combine(folder, ConfigFile))
        ? folder
        : throw CommandException.Failure(
            $"{folder} has no {ConfigFile}; a model folder holds {ConfigFile}, tokenizer.json and model.safetensors. Choose another with --model.");
}
