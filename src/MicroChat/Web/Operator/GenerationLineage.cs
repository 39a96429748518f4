using System.Globalization;
using MicroChat.Chat;
using MicroChat.Chat.Registry;
using MicroChat.Model.Checkpoints;
using Microsoft.AspNetCore.Http;

namespace MicroChat.Web.Operator;

/// <summary>The generations in the registry of a models folder, and the engine that the live one replies from.</summary>
internal sealed class GenerationLineage(ModelRegistry registry, LiveModel live, IReplyGenerator generator) : IModelLineage
{
    /// <inheritdoc/>
    public async Task<ModelListBody> ListAsync(CancellationToken cancellationToken)
    {
        var items = new List<ModelItem>();
        foreach (ModelGeneration generation in Mended(registry.List))
        {
            items.Add(Item(generation, await SingleModel.CardOfAsync(generation.Folder, cancellationToken)));
        }
        return new ModelListBody(items, CanRollBack());
    }

    /// <inheritdoc/>
    public Task PromoteAsync(string model, CancellationToken cancellationToken)
    {
        int generation = int.TryParse(model, NumberStyles.None, CultureInfo.InvariantCulture, out int number)
            ? number
            : throw PageException.Invalid($"model is \"{model}\"; it must be the number of a generation.");
        return Task.Run(() => Mended(() => live.Promote(generation, Why.ByHand)), CancellationToken.None);
    }

    /// <inheritdoc/>
    public Task RollBackAsync(CancellationToken cancellationToken) => Task.Run(() => Mended(() => live.RollBack(Why.ByHand)), CancellationToken.None);

    private ModelItem Item(ModelGeneration generation, string? text)
    {
        GenerationCard card = generation.Card;
        bool isLive = generation.State == GenerationState.Live;
        string results = string.Join(", ", card.Evaluation.Select(result => $"{result.Key} {result.Value:0.###}"));
        string note = string.Join(" ", ((string[])[generation.State == GenerationState.Canary ? "Being tried." : "", card.LearnedFrom, results]).Where(part => part.Length > 0));
        return new ModelItem($"{card.Generation}", $"{card.Name}@{card.Generation}", isLive, card.Parent is { } parent ? $"{card.Name}@{parent}" : null,
            card.Created, isLive ? generator.Info.Parameters : null, isLive ? generator.Info.ContextTokens : null, text, note.Length > 0 ? note : null);
    }

    private bool CanRollBack()
    {
        try
        {
            registry.BeforeLive();
            return true;
        }
        catch (CheckpointException)
        {
            return false;      // nothing was promoted yet
        }
    }

    private static T Mended<T>(Func<T> action)
    {
        try
        {
            return action();
        }
        catch (CheckpointException e)
        {
            throw new PageException(StatusCodes.Status409Conflict, "model", e.Message);
        }
    }
}
