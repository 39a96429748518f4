using MicroChat.Chat.Registry;
using MicroChat.Cycles;
using MicroChat.Hosting;
using MicroChat.Model.Checkpoints;
using MicroChat.Trials;
using Microsoft.AspNetCore.Http;

namespace MicroChat.Web.Operator;

/// <summary>What the operator does to the loop by hand: hold, try, promote, roll back. Every answer is the loop as it is then.</summary>
internal sealed class LoopControl(Generations generations, TrialService trials, CycleService cycles, OperatorLoop loop)
{
    /// <summary>Holds trials and cycles, or releases them.</summary>
    public async Task HoldAsync(HttpContext context)
    {
        HoldBody body = await PageJson.ReadAsync(context, OperatorJson.Default.HoldBody);
        bool held = body.Held ?? throw PageException.Invalid("held is missing; it must be true or false.");
        await cycles.HoldAsync(held);
        if (generations.Registry is null)
        {
            await loop.ShowAsync(context);
            return;
        }
        await ChangeAsync(context, (registry, _) => registry.Hold(held, Why.ByHand));
    }

    public async Task TryAsync(HttpContext context)
    {
        TryBody body = await PageJson.ReadAsync(context, OperatorJson.Default.TryBody);
        int generation = body.Generation ?? throw PageException.Invalid("generation is missing; name the number of a generation.");
        TrialPlan plan = await trials.PlanAsync(context.RequestAborted);
        await ChangeAsync(context, (_, live) => live.StartCanary(generation, plan.ByServer, plan.Duels, Why.ByHand with { Words = $"Decided by hand. {plan.Words}" }));
    }

    public async Task PromoteAsync(HttpContext context)
    {
        TryBody body = await PageJson.ReadAsync(context, OperatorJson.Default.TryBody);
        int generation = body.Generation ?? throw PageException.Invalid("generation is missing; name the number of a generation.");
        await ChangeAsync(context, (_, live) => live.Promote(generation, Why.ByHand));
    }

    /// <summary>Ends the trial where there is one; else goes back to the generation before.</summary>
    public Task RollBackAsync(HttpContext context) => ChangeAsync(context, (registry, live) =>
    {
        if (registry.Canary is not null)
        {
            live.StopCanary(Why.ByHand);
        }
        else
        {
            live.RollBack(Why.ByHand);
        }
    });

    private async Task ChangeAsync(HttpContext context, Action<ModelRegistry, LiveModel> change)
    {
        if (generations is not { Registry: { } registry, Live: { } live })
        {
            throw new PageException(StatusCodes.Status409Conflict, "one_model", "This host has one model only, so there is nothing to promote or roll back. Start it with a folder of models: --model FOLDER.");
        }
        try
        {
            await Task.Run(() => change(registry, live), CancellationToken.None);      // loading a model takes seconds
        }
        catch (CheckpointException e)
        {
            throw new PageException(StatusCodes.Status409Conflict, "model", e.Message);
        }
        await loop.ShowAsync(context);
    }
}
