using System.Globalization;
using MicroChat.Feedback;
using MicroChat.Feedback.Trust;
using MicroChat.Options;
using Microsoft.AspNetCore.Http;

namespace MicroChat.Web.Operator;

/// <summary>What people said and how they rated it: find, read, delete, count, export.</summary>
internal sealed class OperatorFeedback(IFeedbackStore store, ProgramContext program, AppOptions options)
{
    private const int PageSize = 30;

    public async Task ListAsync(HttpContext context)
    {
        Page<RatedExchange> page = await store.FindAsync(Query(context.Request.Query), context.RequestAborted);
        await context.Response.WriteAsJsonAsync(new FeedbackListBody([.. page.Items.Select(Item)], page.Next), OperatorJson.Default.FeedbackListBody);
    }

    public async Task ReadAsync(HttpContext context)
    {
        Guid id = VisitorEndpoints.IdOf(context, "exchange");
        ExchangeRecord exchange = await store.FindExchangeAsync(id, context.RequestAborted) ?? throw PageException.NotFound("exchange");
        IReadOnlyList<RatedExchange> all = await store.ReadConversationAsync(exchange.Conversation, context.RequestAborted);
        ExchangeRecord[] exchanges = [.. all.Select(e => e.Exchange)];
        HashSet<Guid> retries = [.. Branches.Retries(exchange, exchanges).Select(e => e.Id)];
        PersonConsent? consent = await store.FindConsentAsync(exchange.Person, exchange.Place.Server, context.RequestAborted);
        var detail = new FeedbackDetailBody(
            Item(all.First(e => e.Exchange.Id == id)),
            exchange.SystemPrompt,
            [.. Branches.PathTo(id, exchanges).SkipLast(1).Select(e => new SaidBody(e.Prompt, e.Reply?.Text))],
            [.. all.Where(e => retries.Contains(e.Exchange.Id)).Select(Item)],
            exchange.SamplingJson,
            exchange.Seed,
            exchange.PromptTokens.Count,
            exchange.Reply?.Tokens.Count ?? 0,
            consent?.State switch { ConsentState.OptedIn => "yes", ConsentState.OptedOut => "no", _ => "never asked" });
        await context.Response.WriteAsJsonAsync(detail, OperatorJson.Default.FeedbackDetailBody);
    }

    public async Task DeleteAsync(HttpContext context)
    {
        DeletionReport report = await store.DeleteExchangeAsync(VisitorEndpoints.IdOf(context, "exchange"), CancellationToken.None);
        context.Response.StatusCode = report.Exchanges > 0 ? StatusCodes.Status204NoContent : throw PageException.NotFound("exchange");
    }

    public async Task StatisticsAsync(HttpContext context)
    {
        FeedbackStatistics counts = await store.StatisticsAsync(null, null, context.RequestAborted);
        var body = new StatisticsBody(
            counts.Persons,
            [.. counts.Days.Select(d => new DayBody(d.Day, d.Exchanges, d.Up, d.Down, d.Comparisons))],
            [.. counts.Models.Select(m => new GenerationBody(m.ModelVersion, m.Exchanges, m.Up, m.Down, m.UpRate?.Share, m.UpRate?.Lower, m.UpRate?.Upper))]);
        await context.Response.WriteAsJsonAsync(body, OperatorJson.Default.StatisticsBody);
    }

    /// <summary>Whose votes count how much, and why.</summary>
    public async Task TrustAsync(HttpContext context)
    {
        TrustReport report = await store.JudgeRatersAsync(options.Training.Snapshot, context.RequestAborted);
        context.Response.ContentType = "application/json";
        await context.Response.WriteAsync(report.ToJson(), context.RequestAborted);
    }

    /// <summary>Writes a snapshot into a new folder below the data folder.</summary>
    public async Task ExportAsync(HttpContext context)
    {
        string name = program.Time.GetUtcNow().ToString("yyyyMMdd-HHmmss-fff", CultureInfo.InvariantCulture);
        string folder = Path.Combine(program.DataFolder, "exports", name);
        SnapshotManifest manifest = await store.ExportSnapshotAsync(folder, options.Training.Snapshot, context.RequestAborted);
        var body = new ExportBody(folder, [.. manifest.Files.Select(f => new ExportedFile(f.Path, f.Kind, f.Split, f.Rows, f.Bytes))],
            manifest.ConsentBasis, manifest.LeftOut);
        await context.Response.WriteAsJsonAsync(body, OperatorJson.Default.ExportBody);
    }

    private static FeedbackItem Item(RatedExchange rated)
    {
        ExchangeRecord e = rated.Exchange;
        return new FeedbackItem(e.Id, e.Conversation, e.Time, e.Place.Platform, e.Person.Value, e.Prompt, e.Reply?.Text, e.ModelVersion,
            e.Reply?.Status.ToString().ToLowerInvariant() ?? "running",
            [.. rated.Ratings.Select(r => new OperatorRating(r.Person.Value, r.IsByAsker, r.Value, RatingNames.Of(r.Reason), r.Comment, r.Time))]);
    }

    private static FeedbackQuery Query(IQueryCollection query) => new()
    {
        Rating = Text(query, "rating") switch
        {
            "up" => 1,
            "down" => -1,
            null or "any" or "none" => null,
            var other => throw PageException.Invalid($"rating is \"{other}\"; it must be up, down, any or none."),
        },
        IsRated = Text(query, "rating") switch { "any" => true, "none" => false, _ => null },
        Reason = RatingNames.Parse(Text(query, "reason")),
        HasComment = Text(query, "comment") is "yes" ? true : null,
        Platform = Text(query, "platform"),
        ModelVersion = Text(query, "model"),
        Person = Person(Text(query, "person")),
        From = Day(query, "from"),
        To = Day(query, "to")?.AddDays(1),
        Text = Text(query, "text"),
        Cursor = Text(query, "cursor"),
        Limit = PageSize,
    };

    private static string? Text(IQueryCollection query, string name) => query[name].FirstOrDefault() is { Length: > 0 } value ? value : null;

    private static Pseudonym? Person(string? text) => text is null ? null
        : Pseudonym.TryParse(text, out Pseudonym person) ? person
        : throw PageException.Invalid($"person is \"{text}\"; it must be a pseudonym of {Pseudonym.Length} hexadecimal digits.");

    private static DateTimeOffset? Day(IQueryCollection query, string name) => Text(query, name) is not { } text ? null
        : DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out DateOnly day)
            ? new DateTimeOffset(day.ToDateTime(TimeOnly.MinValue), TimeSpan.Zero)
            : throw PageException.Invalid($"{name} is \"{text}\"; it must be a day such as 2026-01-31.");
}
