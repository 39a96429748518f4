using Microsoft.AspNetCore.Http;

namespace MicroChat.Web.Operator;

/// <summary>The page of models: lineage, cards, promoting, rolling back. Every answer is the list as it is then.</summary>
internal sealed class OperatorModels(IModelLineage lineage)
{
    public async Task ListAsync(HttpContext context) => await context.Response.WriteAsJsonAsync(
        await lineage.ListAsync(context.RequestAborted), OperatorJson.Default.ModelListBody);

    public async Task PromoteAsync(HttpContext context)
    {
        PromoteBody body = await PageJson.ReadAsync(context, OperatorJson.Default.PromoteBody);
        await lineage.PromoteAsync(body.Model ?? throw PageException.Invalid("model is missing; name the model to promote."), CancellationToken.None);
        await ListAsync(context);
    }

    public async Task RollBackAsync(HttpContext context)
    {
        await lineage.RollBackAsync(CancellationToken.None);
        await ListAsync(context);
    }
}
