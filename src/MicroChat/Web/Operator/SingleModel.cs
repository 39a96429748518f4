using MicroChat.Chat;
using MicroChat.Options;

namespace MicroChat.Web.Operator;

/// <summary>A host with one model: it replies, and there is no other to promote or to go back to.</summary>
internal sealed class SingleModel(IReplyGenerator generator, ProgramContext program, AppOptions options) : IModelLineage
{
    private const string CardFile = "README.md";
    private const int LongestCard = 256 << 10;

    /// <inheritdoc/>
    public async Task<ModelListBody> ListAsync(CancellationToken cancellationToken)
    {
        ModelCard card = generator.Info;
        string version = ModelNames.Version(card);
        string folder = ModelFolder.Find(options.Model.Folder is "" ? null : options.Model.Folder, program.BaseFolder);
        string? text = await CardOfAsync(folder, cancellationToken);
        return new ModelListBody([new ModelItem(version, version, Live: true, null, null, card.Parameters, card.ContextTokens, text, null)], CanRollBack: false);
    }

    /// <inheritdoc/>
    public Task PromoteAsync(string model, CancellationToken cancellationToken) => throw OnlyOne();

    /// <inheritdoc/>
    public Task RollBackAsync(CancellationToken cancellationToken) => throw OnlyOne();

    /// <summary>The model card in a model's folder; null: there is none, or it is too long to show.</summary>
    public static async Task<string?> CardOfAsync(string folder, CancellationToken cancellationToken)
    {
        var file = new FileInfo(Path.Combine(folder, CardFile));
        return file is { Exists: true, Length: <= LongestCard } ? await File.ReadAllTextAsync(file.FullName, cancellationToken) : null;
    }

    private static PageException OnlyOne() =>
        new(409, "one_model", "This host has one model only, so there is no other to let reply. Train another, or start the host with it: --model FOLDER.");
}
