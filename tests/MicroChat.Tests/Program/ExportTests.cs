using MicroChat.Model.Checkpoints;
using MicroChat.Model.Decoding;
using MicroChat.Tests.Decoding;

namespace MicroChat.Tests.Program;

public sealed class ExportTests : IDisposable
{
    private static readonly string Cases = Path.Combine(Golden.Roots[0], "lora");
    private readonly Harness _harness = new();

    [Fact]
    public async Task An_adapter_is_merged_into_the_exported_model()
    {
        string to = Path.Combine(_harness.Folder, "merged"), from = Path.Combine(Cases, "base", "llama"), adapter = Path.Combine(Cases, "llama_patterns");
        Assert.Equal(0, await _harness.RunAsync("model", "export", "--from", from, "--to", to, "--adapter", adapter, "--type", "F32"));
        using ParameterBlock merged = WeightFiles.Load(to, DecoderConfigReader.Read(to));
        using var model = new AdaptedModel(adapter);
        Assert.All(merged.Parameters.Where(p => model.Has("merged." + p.Name)), p => DecoderGoldenTests.AssertClose(model.Floats("merged." + p.Name), merged[p], 1e-5));
        Assert.Contains(merged.Parameters, p => model.Has("merged." + p.Name));
    }

    [Fact]
    public async Task An_adapter_for_another_base_leaves_nothing_behind()
    {
        string to = Path.Combine(_harness.Folder, "merged");
        int code = await _harness.RunAsync(
            "model", "export", "--from", Path.Combine(Cases, "base", "llama"), "--to", to, "--adapter", Path.Combine(Cases, "refused", "no_such_module"));
        Assert.NotEqual(0, code);
        Assert.Contains("no_such_proj", _harness.Errors, StringComparison.Ordinal);
        Assert.False(Directory.Exists(to));
    }

    public void Dispose() => _harness.Dispose();
}
