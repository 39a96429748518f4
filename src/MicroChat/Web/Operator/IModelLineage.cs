namespace MicroChat.Web.Operator;

/// <summary>The generations of the model and which of them replies; what the page of models shows and changes.</summary>
internal interface IModelLineage
{
    /// <summary>All generations, the newest first.</summary>
    public Task<ModelListBody> ListAsync(CancellationToken cancellationToken);

    /// <summary>Lets a generation reply from now on; replies under way end with the old one.</summary>
    /// <exception cref="PageException">There is no such generation, or it cannot reply; nothing changed.</exception>
    public Task PromoteAsync(string model, CancellationToken cancellationToken);

    /// <summary>Lets the generation reply again that did so before.</summary>
    /// <exception cref="PageException">There was none before; nothing changed.</exception>
    public Task RollBackAsync(CancellationToken cancellationToken);
}
