using System.Security.Cryptography;
using System.Text.Json;
using MicroChat.Feedback;
using MicroChat.Training.Data;

namespace MicroChat.Tests.Feedback;

public abstract partial class FeedbackStoreContract
{
    private static readonly SnapshotOptions NothingHeldOut = new() { HeldOutPersons = 0, HeldOutTime = 0 };

    [Fact]
    public async Task A_snapshot_is_data_that_the_trainers_readers_take()
    {
        ExchangeRecord a = await AddAsync(Alice, "first"), b = New(Alice, "second", a) with { SystemPrompt = "Be kind." };
        await store.AddExchangeAsync(b, default);
        ExchangeRecord b2 = await RetryAsync(b);
        await RateAsync(a, Alice, 1);
        await RateAsync(b, Alice, -1, RatingReason.Wrong, "no");
        ComparisonRecord comparison = await store.CompareAsync([b.Id, b2.Id], new Random(1), default);
        await store.AnswerAsync(NewAnswer.Winner(comparison.Id, Person(Alice), b2.Id), default);

        string folder = Path.Combine(Folder, "snapshot");
        SnapshotManifest manifest = await store.ExportSnapshotAsync(folder, NothingHeldOut, default);
        Assert.Equal(["train/chat.jsonl 1", "train/exchanges.jsonl 3", "train/preferences.jsonl 1", "train/rankings.jsonl 1", "train/thumbs.jsonl 2"],
            manifest.Files.Select(file => $"{file.Path} {file.Rows}").Order(StringComparer.Ordinal));
        foreach (SnapshotFile file in manifest.Files)
        {
            byte[] content = await File.ReadAllBytesAsync(Path.Combine(folder, file.Path));
            Assert.Equal((file.Bytes, file.Sha256), (content.Length, Convert.ToHexStringLower(SHA256.HashData(content))));
        }
        Conversation chat = Assert.Single(Datasets.Conversations(Path.Combine(folder, "train/chat.jsonl"), new DatasetOptions(), new RowReport()));
        Assert.Equal(["first", "reply to first"], chat.Turns.Select(turn => turn.Content));
        PreferencePair pair = Assert.Single(Datasets.Preferences(Path.Combine(folder, "train/preferences.jsonl"), new DatasetOptions(), new RowReport()));
        Assert.Equal(("another reply to second", "reply to second"), (pair.Chosen, pair.Rejected));
        Assert.Equal(["first", "reply to first", "second"], pair.Prompt.Where(turn => turn.Role != "system").Select(turn => turn.Content));
        JsonElement thumb = (await RowsAsync(folder, "thumbs")).Single(row => row.GetProperty("value").GetInt32() == -1);
        Assert.Equal(("wrong", "no", "reply to second"), (thumb.GetProperty("reason").GetString(), thumb.GetProperty("comment").GetString(), thumb.GetProperty("completion").GetString()));
        Assert.Equal(["system", "user", "assistant", "user"], thumb.GetProperty("prompt").EnumerateArray().Select(turn => turn.GetProperty("role").GetString()));
        Assert.Equal((a.Time, b2.Time), (manifest.From, manifest.To));
        Assert.Equal(3, manifest.ConsentBasis["operator's own platform"]);
        Assert.Equal(JsonSerializer.Serialize(manifest.Id), (await ManifestAsync(folder)).GetProperty("id").GetRawText());
    }

    [Fact]
    public async Task Only_what_was_consented_to_enters_a_snapshot()
    {
        Pseudonym yes = store.PseudonymOf(Platforms.Discord, "yes"), no = store.PseudonymOf(Platforms.Discord, "no"), unasked = store.PseudonymOf(Platforms.Discord, "unasked");
        await store.SetConsentAsync(new PersonConsent(yes, "", ConsentState.OptedIn, "v1", Clock.Now), default);
        await store.SetConsentAsync(new PersonConsent(no, "", ConsentState.OptedOut, "v1", Clock.Now), default);
        await store.SetServerPolicyAsync(new ServerPolicy(Platforms.Discord, "open", TrainingContent.Consented, "v1", Clock.Now), default);
        var at = new Place(Platforms.Discord, "open", "c", "");
        ExchangeRecord good = await SayAsync("good", yes, at);
        await SayAsync("of no", no, at);
        await SayAsync("of unasked", unasked, at);
        await SayAsync("closed server", yes, at with { Server = "closed" });
        await SayAsync("direct message", yes, at with { Server = "" });
        await SayAsync("with no", yes, at, others: [no]);
        await SayAsync("after no", yes, at, parent: await SayAsync("no again", no, at));
        await SayAsync("api", store.PseudonymOf(Platforms.Api, "somebody"), Place.Of(Platforms.Api));
        ExchangeRecord bank = await SayAsync("bank", no, at with { Server = "closed" }, origin: PromptOrigin.OperatorBank);
        foreach (ExchangeRecord rated in new[] { good, bank })
        {
            await RateAsync(rated, yes, 1);
            await RateAsync(rated, no, -1);
            await RateAsync(rated, unasked, -1, comment: "my words");
        }

        SnapshotManifest consented = await ExportAsync("consented", NothingHeldOut with { DiscordContent = TrainingContent.Consented });
        Assert.Equal(["bank", "good"], await MessagesAsync("consented"));
        List<JsonElement> thumbs = await RowsAsync(Path.Combine(Folder, "consented"), "thumbs");
        Assert.Equal(["bank -1", "bank 1", "good 1"], thumbs.Select(t => $"{t.GetProperty("prompt")[0].GetProperty("content")} {t.GetProperty("value")}").Order(StringComparer.Ordinal));
        Assert.DoesNotContain(thumbs, t => t.TryGetProperty("comment", out _));
        Assert.Equal((1L, 1L), (consented.ConsentBasis["opted in"], consented.ConsentBasis["operator's prompt"]));
        Assert.Equal(3, consented.LeftOut["vote of somebody who did not consent"]);
        Assert.Equal(4, consented.LeftOut["exchange: somebody opted out"]);

        await ExportAsync("arena", NothingHeldOut);
        Assert.Equal(["bank"], await MessagesAsync("arena"));

        await store.SetConsentAsync(new PersonConsent(yes, "", ConsentState.OptedOut, "v1", Clock.Now), default);
        await ExportAsync("revoked", NothingHeldOut with { DiscordContent = TrainingContent.Consented });
        Assert.Equal(["bank"], await MessagesAsync("revoked"));
        Assert.Single(await RowsAsync(Path.Combine(Folder, "revoked"), "thumbs"));
    }

    [Fact]
    public async Task The_prompt_of_a_row_repeats_only_what_the_model_saw()
    {
        ExchangeRecord a = await AddAsync(Alice, "a"), b = await AddAsync(Alice, "b", a), c = New(Alice, "c", b) with { EarlierInPrompt = 1 };
        await store.AddExchangeAsync(c, default);
        await RateAsync(c, Alice, 1);
        await ExportAsync("cut", NothingHeldOut);
        JsonElement thumb = Assert.Single(await RowsAsync(Path.Combine(Folder, "cut"), "thumbs"));
        Assert.Equal(["b", "reply to b", "c"], thumb.GetProperty("prompt").EnumerateArray().Select(turn => turn.GetProperty("content").GetString()));
    }

    [Fact]
    public async Task Deletions_since_the_last_snapshot_are_listed_and_gone()
    {
        ExchangeRecord before = await AddAsync(Alice, "before"), a = await AddAsync(Alice, "a"), b = await AddAsync(Alice, "b");
        await store.DeleteExchangeAsync(before.Id, default);
        SnapshotManifest first = await ExportAsync("1", NothingHeldOut);
        Assert.Null(first.Previous);
        Assert.Empty(first.Deletions);
        await store.DeleteExchangeAsync(a.Id, default);
        Clock.Advance(TimeSpan.FromHours(-5));                      // the clock may jump back
        SnapshotManifest second = await ExportAsync("2", NothingHeldOut);
        Assert.Equal(first.Id, second.Previous);
        Assert.Equal((DeletedKind.Exchange, a.Id), (Assert.Single(second.Deletions).Kind, second.Deletions[0].Id));
        Assert.Equal(["b"], await MessagesAsync("2"));
        await store.DeleteExchangeAsync(b.Id, default);
        SnapshotManifest third = await ExportAsync("3", NothingHeldOut);
        Assert.Equal((second.Id, b.Id), (third.Previous, Assert.Single(third.Deletions).Id));
        Assert.Empty(third.Files);
    }

    [Fact]
    public async Task Held_out_persons_never_occur_in_the_training_part()
    {
        DateTimeOffset start = Clock.Now;
        for (int i = 0; i < 40; i++)
        {
            ExchangeRecord exchange = await AddAsync(store.PseudonymOf(Platforms.Web, $"p{i}"), $"q{i}");
            await RateAsync(exchange, exchange.Person, 1);
            await RateAsync(exchange, store.PseudonymOf(Platforms.Web, $"p{(i + 7) % 40}"), -1);
            Clock.Advance(TimeSpan.FromHours(1));
        }
        SnapshotManifest manifest = await ExportAsync("split", new SnapshotOptions { HeldOutPersons = 0.25, HeldOutTime = 0.2 });
        Assert.Equal("person", manifest.SplitBy);
        string folder = Path.Combine(Folder, "split");
        HashSet<string> held = [.. (await RowsAsync(folder, "exchanges", "held-out")).Select(row => row.GetProperty("person").GetString()!)];
        Assert.InRange(held.Count, 3, 20);
        foreach (string part in new[] { "train", "held-out-time" })
        {
            Assert.DoesNotContain(await RowsAsync(folder, "exchanges", part), row => held.Contains(row.GetProperty("person").GetString()!));
            Assert.DoesNotContain(await RowsAsync(folder, "thumbs", part), row => held.Contains(row.GetProperty("rater").GetString()!));
        }
        DateTimeOffset since = manifest.HeldOutSince!.Value;
        Assert.True(since > start.AddHours(25) && since < start.AddHours(39));
        Assert.All(await RowsAsync(folder, "exchanges", "train"), row => Assert.True(row.GetProperty("time").GetDateTimeOffset() < since));
        Assert.All(await RowsAsync(folder, "exchanges", "held-out-time"), row => Assert.True(row.GetProperty("time").GetDateTimeOffset() >= since));
        Assert.Equal(40, manifest.Files.Where(file => file.Kind == "exchanges").Sum(file => file.Rows));
    }

    [Fact]
    public async Task A_snapshot_never_overwrites_and_leaves_nothing_when_it_is_stopped()
    {
        await AddAsync(Alice, "a");
        string folder = Path.Combine(Folder, "there");
        Directory.CreateDirectory(folder);
        using (var stop = new CancellationTokenSource())
        {
            await stop.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => store.ExportSnapshotAsync(folder, NothingHeldOut, stop.Token));
        }
        Assert.DoesNotContain(Directory.EnumerateDirectories(Folder), path => path.EndsWith(".tmp", StringComparison.Ordinal));
        await RefusedAsync("must be between 0 and 0.5", () => store.ExportSnapshotAsync(folder, NothingHeldOut with { HeldOutTime = double.NaN }, default));
        await ExportAsync("there", NothingHeldOut);
        await RefusedAsync("is not empty", () => store.ExportSnapshotAsync(folder, NothingHeldOut, default));
    }

    [Fact]
    public async Task A_snapshot_comes_back_by_import_and_what_was_deleted_stays_deleted()
    {
        ExchangeRecord a = New(Alice, "a", null) with { Seed = 7, SystemPrompt = "s", SamplingJson = """{"temperature":0.5}""", OtherParticipants = [Bob] };
        await store.AddExchangeAsync(a, default);
        ExchangeRecord a2 = await RetryAsync(a), b = await AddAsync(Alice, "b", a), gone = await AddAsync(Alice, "gone");
        await RateAsync(a, Bob, -1, RatingReason.Rude, "words");
        ComparisonRecord comparison = await store.CompareAsync([a.Id, a2.Id], new Random(1), default);
        await store.AnswerAsync(NewAnswer.Ranking(comparison.Id, Person(Bob), [[a2.Id], [a.Id]]), default);
        RatedExchange[] wanted = [.. await store.ReadConversationAsync(a.Conversation, default)];
        ComparisonRecord answered = (await store.FindComparisonAsync(comparison.Id, default))!;
        await ExportAsync("out", NothingHeldOut);
        await store.DeleteExchangeAsync(gone.Id, default);

        string folder = Path.Combine(Folder, "out");
        Assert.Equal(new ImportReport(0, 0, 0, 6), await store.ImportAsync(folder, default));
        Assert.Null(await store.FindExchangeAsync(gone.Id, default));
        await store.DisposeAsync();
        store = await OpenEmptyAsync(Clock, "second");
        Assert.Equal(new ImportReport(4, 1, 1, 0), await store.ImportAsync(folder, default));
        Assert.Equal(new ImportReport(0, 0, 0, 6), await store.ImportAsync(folder, default));
        Same(wanted, await store.ReadConversationAsync(a.Conversation, default));
        Same(answered, await store.FindComparisonAsync(comparison.Id, default));

        string thumbs = Path.Combine(folder, "train/thumbs.jsonl");
        await File.WriteAllTextAsync(thumbs, (await File.ReadAllTextAsync(thumbs)).Replace("\"value\":-1", "\"value\":1", StringComparison.Ordinal));
        await RefusedAsync("its hash is not the one", () => store.ImportAsync(folder, default));
    }

    [Fact]
    public async Task Ratings_that_the_terminal_wrote_to_a_file_can_be_imported()
    {
        string file = Path.Combine(Folder, "feedback.jsonl");
        Guid id = Guid.CreateVersion7(Clock.Now);
        string Line(int rating) =>
            $$"""{"time":"2026-11-20T10:00:00+00:00","exchange":"{{id:N}}","rating":{{rating}},"model":"m","seed":5,"system":null,"message":"hi","reply":"ho","cancelled":false}""";
        await File.WriteAllLinesAsync(file, [Line(1), Line(-1)]);
        Assert.Equal(new ImportReport(1, 1, 0, 0), await store.ImportAsync(file, default));
        RatedExchange row = Assert.Single((await store.FindAsync(new FeedbackQuery(), default)).Items);
        Assert.Equal((id, "hi", "ho", "m", 5L, -1), (row.Exchange.Id, row.Exchange.Prompt, row.Exchange.Reply!.Text, row.Exchange.ModelVersion, row.Exchange.Seed, row.Ratings[0].Value));
        Assert.True(row.Ratings[0].IsByAsker);

        await File.WriteAllLinesAsync(file, [Line(1).Replace(id.ToString("N"), Guid.NewGuid().ToString("N"), StringComparison.Ordinal), "{\"rating\":"]);
        await RefusedAsync("line 2", () => store.ImportAsync(file, default));
        await RefusedAsync("does not exist", () => store.ImportAsync(Path.Combine(Folder, "nothing"), default));
        await RefusedAsync("has no manifest.json", () => store.ImportAsync(Folder, default));
        Assert.Single((await store.FindAsync(new FeedbackQuery(), default)).Items);
    }

    private async Task<ExchangeRecord> SayAsync(
        string prompt, Pseudonym person, Place place, ExchangeRecord? parent = null, Pseudonym[]? others = null, PromptOrigin origin = PromptOrigin.Person)
    {
        ExchangeRecord exchange = New(person, prompt, parent) with { Place = place, OtherParticipants = others ?? [], Origin = origin };
        await store.AddExchangeAsync(exchange, default);
        return exchange;
    }

    private Task<SnapshotManifest> ExportAsync(string name, SnapshotOptions options) => store.ExportSnapshotAsync(Path.Combine(Folder, name), options, default);

    private async Task<IEnumerable<string?>> MessagesAsync(string name) =>
        (await RowsAsync(Path.Combine(Folder, name), "exchanges")).Select(row => row.GetProperty("message").GetString()).Order(StringComparer.Ordinal);

    private static async Task<List<JsonElement>> RowsAsync(string folder, string kind, string part = "train")
    {
        string path = Path.Combine(folder, part, kind + ".jsonl");
        return File.Exists(path) ? [.. (await File.ReadAllLinesAsync(path)).Select(line => JsonElement.Parse(line))] : [];
    }

    private static async Task<JsonElement> ManifestAsync(string folder) => JsonElement.Parse(await File.ReadAllTextAsync(Path.Combine(folder, SnapshotManifest.FileName)));
}
