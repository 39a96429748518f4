using MicroChat.Chat;
using MicroChat.Feedback;
using MicroChat.Options;
using Microsoft.AspNetCore.Http;

namespace MicroChat.Web;

/// <summary>What belongs to a visitor: session, conversations, consent, and being forgotten.</summary>
internal sealed class VisitorEndpoints(
    IFeedbackStore store, Visitors visitors, ConversationReader reader, TrainingConsent consent, IReplyGenerator generator, AppOptions options)
{
    public async Task SessionAsync(HttpContext context)
    {
        bool? training = await consent.FindAsync(visitors.Of(context), context.RequestAborted);
        ModelCard card = generator.Info;
        await context.Response.WriteAsJsonAsync(
            new SessionBody(ModelNames.Version(card), card.Sampling.Temperature, options.Page.LongestMessage, training), PageJson.Default.SessionBody);
    }

    public async Task ListAsync(HttpContext context)
    {
        ConversationListBody list = await reader.ListAsync(visitors.Of(context), context.Request.Query["cursor"].FirstOrDefault(), context.RequestAborted);
        await context.Response.WriteAsJsonAsync(list, PageJson.Default.ConversationListBody);
    }

    public async Task ReadAsync(HttpContext context)
    {
        ConversationBody conversation = await reader.ReadAsync(IdOf(context, "conversation"), visitors.Of(context), context.RequestAborted);
        await context.Response.WriteAsJsonAsync(conversation, PageJson.Default.ConversationBody);
    }

    public async Task DeleteAsync(HttpContext context)
    {
        Guid id = IdOf(context, "conversation");
        await reader.OwnAsync(id, visitors.Of(context), context.RequestAborted);
        await store.DeleteConversationAsync(id, CancellationToken.None);
        context.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    public async Task SetConsentAsync(HttpContext context)
    {
        ConsentBody body = await PageJson.ReadAsync(context, PageJson.Default.ConsentBody);
        await consent.SetAsync(visitors.Of(context), body.Training, CancellationToken.None);
        context.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    public async Task ForgetMeAsync(HttpContext context)
    {
        await store.ForgetPersonAsync(visitors.Of(context), CancellationToken.None);
        Visitors.Forget(context);
        context.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    /// <summary>The id in the address.</summary>
    /// <exception cref="PageException">It is none.</exception>
    public static Guid IdOf(HttpContext context, string what) =>
        Guid.TryParse(context.Request.RouteValues["id"] as string, out Guid id) ? id : throw PageException.NotFound(what);
}
