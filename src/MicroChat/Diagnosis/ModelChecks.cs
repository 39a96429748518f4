using MicroChat.Chat;

namespace MicroChat.Diagnosis;

/// <summary>The model folder: its files, and whether it loads.</summary>
internal static class ModelChecks
{
    private const double Megabyte = 1 << 20;

    public static IEnumerable<Finding> Run(ProgramContext program, string? asked)
    {
        string folder;
        try
        {
            folder = ModelFolder.Find(asked, program.BaseFolder);
        }
        catch (CommandException e)
        {
            return [Finding.Broken("model", e.Message, "In a checkout, git restores models/; elsewhere copy a model's folder there.")];
        }
        return [.. Files(folder), Load(program, folder)];
    }

    private static IEnumerable<Finding> Files(string folder)
    {
        yield return Finding.Good("model", folder);
        yield return Json(folder, ModelFolder.ConfigFile, required: true);
        yield return Json(folder, "tokenizer.json", required: true);
        yield return Json(folder, "tokenizer_config.json", required: false);
        yield return Json(folder, "generation_config.json", required: false);
        bool weights = File.Exists(Path.Combine(folder, "model.safetensors")) || File.Exists(Path.Combine(folder, "model.safetensors.index.json"));
        yield return weights
            ? Finding.Good("weights", $"{Directory.EnumerateFiles(folder, "*.safetensors").Sum(f => new FileInfo(f).Length) / Megabyte:0.0} MB of safetensors")
            : Finding.Broken("weights", "model.safetensors is missing", "Copy it from where the model was trained or downloaded.");
    }

    private static Finding Json(string folder, string name, bool required)
    {
        string path = Path.Combine(folder, name);
        if (!File.Exists(path))
        {
            return required
                ? Finding.Broken("file", $"{name} is missing", "Copy it from where the model was trained or downloaded.")
                : Finding.Doubtful("file", $"{name} is missing", "The model talks without it, but with default settings.");
        }
        try
        {
            using FileStream file = File.OpenRead(path);
            using var json = global::System.Text.Json.JsonDocument.Parse(file);
            return Finding.Good("file", $"{name}, {file.Length / 1024.0:0.0} kB");
        }
        catch (Exception e) when (e is global::System.Text.Json.JsonException or IOException or UnauthorizedAccessException)
        {
            return Finding.Broken("file", $"{name} cannot be read: {e.Message.ReplaceLineEndings(" ")}", "Copy it again; it may have been cut off.");
        }
    }

    private static Finding Load(ProgramContext program, string folder)
    {
        long started = program.Time.GetTimestamp();
        try
        {
            using IReplyGenerator generator = program.LoadModel(folder);
            return Finding.Good("loading",
                $"{generator.Info.Name}, {generator.Info.Parameters / 1e6:0.0} M weights, in {program.Time.GetElapsedTime(started).TotalMilliseconds:0} ms");
        }
        catch (Exception e)       // a doctor reports whatever goes wrong
        {
            return Finding.Broken("loading", e.Message.ReplaceLineEndings(" "), "Mend the files above, or choose another model with --model FOLDER.");
        }
    }
}
