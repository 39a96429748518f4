using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using MicroChat.Feedback;
using MicroChat.Feedback.Trust;
using MicroChat.Training.Data;

namespace MicroChat.Tests.Feedback;

public abstract partial class FeedbackStoreContract
{
    [Fact]
    public async Task Rows_name_the_rater_and_his_weight_and_the_report_lies_beside_the_manifest_with_its_hash()
    {
        ExchangeRecord[] all = await ManyAsync(30);
        for (int i = 0; i < all.Length; i++)
        {
            await VoteAsync(all[i], Web("a"), i % 3 == 0 ? -1 : 1);
            await VoteAsync(all[i], Web("b"), i % 3 == 0 ? -1 : 1);
            await VoteAsync(all[i], Web("c"), i % 3 == 0 ? -1 : 1);
            await VoteAsync(all[i], Web("random"), i % 2 == 0 ? -1 : 1);
        }
        SnapshotManifest manifest = await ExportAsync("trusted", NothingHeldOut);
        string folder = Path.Combine(Folder, "trusted"), report = Path.Combine(folder, manifest.Trust.Path);
        Assert.Equal((manifest.Trust.Bytes, manifest.Trust.Sha256), (new FileInfo(report).Length, Convert.ToHexStringLower(SHA256.HashData(await File.ReadAllBytesAsync(report)))));
        Assert.Equal((TrustReport.FileName, 4L), (manifest.Trust.Path, manifest.Trust.Rows));

        RatedReply[] thumbs = [.. Datasets.Thumbs(SnapshotFolder.Open(folder).Files("thumbs", "train").Single(), new DatasetOptions { BadRows = BadRows.Stop }, new RowReport())];
        Assert.Equal(120, thumbs.Length);
        Assert.All(thumbs.Where(thumb => thumb.Rater == Web("a").Value), thumb => Assert.Equal(1, thumb.Weight));
        Assert.All(thumbs.Where(thumb => thumb.Rater == Web("random").Value), thumb => Assert.InRange(thumb.Weight, 0.05, 0.6));
        Assert.Equal(thumbs.Count(thumb => thumb.Up > 0), manifest.Votes.Up);

        RaterTrust random = (await store.JudgeRatersAsync(NothingHeldOut, default)).Raters.Single(rater => rater.Rater == Web("random"));
        Assert.Equal((30L, 30L, RaterState.Counted), (random.Votes, random.Counted, random.State));
        Assert.InRange(random.Agreement!.Share, 0.3, 0.7);
        Assert.Equal(random.Weight, thumbs.Where(thumb => thumb.Rater == Web("random").Value).Average(thumb => thumb.Weight), 1e-3);
        JsonElement row = JsonElement.Parse(await File.ReadAllTextAsync(report)).GetProperty("raters").EnumerateArray().Single(r => r.GetProperty("rater").GetString() == Web("random").Value);
        Assert.Equal(("web", "counted"), (row.GetProperty("place").GetProperty("platform").GetString(), row.GetProperty("state").GetString()));
    }

    [Fact]
    public async Task Planted_controls_are_answered_like_any_comparison_measure_raters_and_never_train()
    {
        ExchangeRecord[] all = await ManyAsync(6);
        for (int i = 0; i < 5; i++)
        {
            ComparisonRecord control = await store.PlantControlAsync(new NewControl(Place.Of(Platforms.Web), Alice, $"2 + {i}?", $"It is {2 + i}.", "Fish."), new Random(i), default);
            Same(control, await store.FindComparisonAsync(control.Id, default));
            Assert.Contains((await store.ListComparisonsAsync(Bob, null, 10, default)).Items, listed => listed.Id == control.Id);
            Assert.Equal($"It is {2 + i}.", (await store.FindExchangeAsync(control.KnownBest!.Value, default))!.Reply!.Text);
            Guid worse = control.Shown.Single(id => id != control.KnownBest);
            Same(control, await store.FindControlAsync(Platforms.Web, "", Web("good"), default));
            Assert.Null(await store.FindControlAsync(Platforms.Discord, "1", Web("good"), default));
            Clock.Advance(TimeSpan.FromMinutes(3));
            await store.AnswerAsync(NewAnswer.Winner(control.Id, Person(Web("good")), control.KnownBest.Value), default);
            await store.AnswerAsync(NewAnswer.Winner(control.Id, Person(Web("bad")), worse), default);
            await store.AnswerAsync(NewAnswer.Tie(control.Id, Person(Web("lazy"))), default);
            await VoteAsync(all[i], Web("good"), 1);
            await VoteAsync(all[i], Web("bad"), -1);
            await RateAsync((await store.FindExchangeAsync(worse, default))!, Web("bad"), 1);
        }
        Assert.Null(await store.FindControlAsync(Platforms.Web, "", Web("good"), default));
        SnapshotManifest manifest = await ExportAsync("controlled", NothingHeldOut);
        Assert.Equal(["train/chat.jsonl 5", "train/exchanges.jsonl 6", "train/thumbs.jsonl 5"], manifest.Files.Select(file => $"{file.Path} {file.Rows}").Order(StringComparer.Ordinal));
        Assert.DoesNotContain("Fish", await File.ReadAllTextAsync(Path.Combine(Folder, "controlled/train/exchanges.jsonl")), StringComparison.Ordinal);
        Assert.Equal((10L, 5L), (manifest.LeftOut["exchange: planted control"], manifest.LeftOut[TrustReasons.FailsControls]));
        TrustReport report = await store.JudgeRatersAsync(NothingHeldOut, default);
        Assert.Equal(("5/5", RaterState.Counted), Of(report, "good"));
        Assert.Equal(("0/5", RaterState.FailsControls), Of(report, "bad"));
        Assert.Equal("0/5", Of(report, "lazy").Item1);
        await RefusedAsync("the same", () => store.PlantControlAsync(new NewControl(Place.Of(Platforms.Web), Alice, "q", "a", "a"), new Random(1), default));
        await RefusedAsync("prompt is empty", () => store.PlantControlAsync(new NewControl(Place.Of(Platforms.Web), Alice, " ", "a", "b"), new Random(1), default));
        Assert.Equal(6, (await store.StatisticsAsync(null, null, default)).Models.Single().Exchanges);

        (string, RaterState) Of(TrustReport from, string name)
        {
            RaterTrust rater = from.Raters.Single(r => r.Rater == Web(name));
            return ($"{rater.ControlsRight}/{rater.Controls}", rater.State);
        }
    }

    [Fact]
    public async Task A_burst_is_left_out_for_good_and_its_rater_until_the_quarantine_lapses()
    {
        ExchangeRecord[] all = await ManyAsync(20);
        await VoteAsync(all[0], Bob, 1);
        Clock.Advance(TimeSpan.FromHours(1));
        for (int i = 1; i <= 14; i++)
        {
            Clock.Advance(TimeSpan.FromSeconds(0.4));
            await RateAsync(all[i], Bob, -1);
            await RateAsync(all[i], Alice, i < 5 ? 1 : -1);
            Clock.Advance(TimeSpan.FromSeconds(i == 7 ? 60 : 0));
        }
        Assert.DoesNotContain(TrustReasons.Burst, (await ExportAsync("slow", NothingHeldOut)).LeftOut);
        for (int i = 15; i < 20; i++)
        {
            Clock.Advance(TimeSpan.FromSeconds(0.1));
            await RateAsync(all[i], Bob, -1);
        }
        SnapshotManifest fast = await ExportAsync("fast", NothingHeldOut);
        Assert.Equal((12L, 8L), (fast.LeftOut[TrustReasons.Burst], fast.LeftOut[TrustReasons.Quarantined]));
        RaterTrust bob = (await store.JudgeRatersAsync(NothingHeldOut, default)).Raters.Single(rater => rater.Rater == Bob);
        Assert.Equal((RaterState.Quarantined, 0L, 20L), (bob.State, bob.Counted, bob.Votes));
        Assert.Equal(Clock.Now.AddDays(7), bob.Until);
        Assert.DoesNotContain(await RowsAsync(Path.Combine(Folder, "fast"), "thumbs"), row => row.GetProperty("rater").GetString() == Bob.Value);

        Clock.Advance(TimeSpan.FromDays(7.1));
        SnapshotManifest later = await ExportAsync("later", NothingHeldOut);
        Assert.Equal((12L, 0L), (later.LeftOut[TrustReasons.Burst], later.LeftOut.GetValueOrDefault(TrustReasons.Quarantined)));
        await store.ForgetPersonAsync(Bob, default);
        Assert.DoesNotContain((await store.JudgeRatersAsync(NothingHeldOut, default)).Raters, rater => rater.Rater == Bob);
    }

    [Fact]
    public async Task Quarantine_in_one_server_is_not_held_against_anybody_in_another()
    {
        var there = new Place(Platforms.Discord, "s1", "c", "");
        for (int i = 0; i < 15; i++)
        {
            ExchangeRecord here = await SayAsync($"bank {i}", Alice, there, origin: PromptOrigin.OperatorBank);
            await RateAsync(here, Bob, 1);
        }
        ExchangeRecord elsewhere = await SayAsync("elsewhere", Alice, there with { Server = "s2" }, origin: PromptOrigin.OperatorBank);
        await RateAsync(elsewhere, Bob, 1);
        TrustReport report = await store.JudgeRatersAsync(NothingHeldOut, default);
        Assert.Equal([("discord:s1", RaterState.Quarantined, 0L), ("discord:s2", RaterState.Counted, 1L)], report.Raters.Select(rater => (rater.Place.ToString(), rater.State, rater.Counted)));
    }

    [Fact]
    public async Task Votes_of_young_accounts_do_not_count_and_wrong_clocks_break_nothing()
    {
        ExchangeRecord[] all = await ManyAsync(4);
        DateTimeOffset now = Clock.Now;
        await RateAtAsync(all[0], Web("young"), now.AddDays(-2));
        await RateAtAsync(all[0], Web("old"), now.AddDays(-200));
        await RateAtAsync(all[0], Web("unknown"), null);
        await RateAtAsync(all[0], Web("born tomorrow"), now.AddDays(400));      // the clock here was more than a year behind
        Clock.Advance(TimeSpan.FromDays(3_000));
        await RateAtAsync(all[1], Web("old"), now.AddDays(-200));
        await RateAtAsync(all[1], Web("young"), now.AddDays(-2));
        Clock.Advance(TimeSpan.FromDays(-3_001));
        SnapshotManifest manifest = await ExportAsync("ages", NothingHeldOut);
        Assert.Equal(1, manifest.LeftOut[TrustReasons.TooYoung]);
        Assert.Equal(5, manifest.Votes.Up);
        Assert.Equal(6, (await store.JudgeRatersAsync(NothingHeldOut, default)).VotesInTheFuture);
        Assert.Empty((await ExportAsync("any age", NothingHeldOut with { Trust = new TrustOptions { AccountAgeDays = 0 } })).LeftOut);

        Task RateAtAsync(ExchangeRecord exchange, Pseudonym person, DateTimeOffset? created) =>
            store.RateAsync(new NewRating(exchange.Id, new Rater(person, RaterKind.Person, created), 1, null, null), default);
    }

    [Fact]
    public async Task A_quarantine_lapses_although_the_clock_was_wrong_when_it_began()
    {
        ExchangeRecord[] all = await ManyAsync(12);
        Clock.Advance(TimeSpan.FromDays(4_000));
        foreach (ExchangeRecord exchange in all)
        {
            await RateAsync(exchange, Bob, 1);
        }
        Clock.Advance(TimeSpan.FromDays(-4_000));
        RaterTrust bob = Assert.Single((await store.JudgeRatersAsync(NothingHeldOut, default)).Raters);
        Assert.Equal((RaterState.Quarantined, Clock.Now.AddDays(7)), (bob.State, bob.Until));
    }

    [Fact]
    public async Task Votes_over_a_cap_of_a_day_are_left_out_by_reason_the_first_ones_count()
    {
        ExchangeRecord[] all = await ManyAsync(10);
        foreach (ExchangeRecord exchange in all)
        {
            Clock.Advance(TimeSpan.FromMinutes(1));
            await RateAsync(exchange, Bob, 1);
        }
        await VoteAsync(all[0], Web("other"), 1);
        SnapshotManifest capped = await ExportAsync("rater", NothingHeldOut with { Trust = new TrustOptions { RaterVotesPerDay = 4 } });
        Assert.Equal((6L, 5L), (capped.LeftOut[TrustReasons.RaterCap], capped.Votes.Up));
        Assert.Contains(all[0].Id.ToString(), (await RowsAsync(Path.Combine(Folder, "rater"), "thumbs")).Select(row => row.GetProperty("exchange").GetString()));
        SnapshotManifest place = await ExportAsync("place", NothingHeldOut with { Trust = new TrustOptions { PlaceVotesPerDay = 5 } });
        Assert.Equal((6L, 5L, 2L), (place.LeftOut[TrustReasons.PlaceCap], place.Votes.Up, place.Votes.Raters));
        for (int i = 1; i < 5; i++)
        {
            await VoteAsync(all[i], Web($"other {i}"), 1);
        }
        SnapshotManifest share = await ExportAsync("share", NothingHeldOut with { Trust = new TrustOptions { RaterShare = 0.5 } });
        Assert.InRange(share.Votes.LargestShare, 0.58, 0.61);                         // 10 of 15 became 7.5 of 12.5, nearly
        Assert.Equal(15, share.Votes.Up);
        await RefusedAsync("Training:RaterShare is 0; it must be above 0", () => ExportAsync("no", NothingHeldOut with { Trust = new TrustOptions { RaterShare = 0 } }));
    }

    [Theory]
    [InlineData("opts out")]
    [InlineData("is forgotten")]
    [InlineData("takes all back")]
    public async Task What_somebody_takes_away_is_in_no_later_snapshot_and_the_manifest_proves_it(string what)
    {
        ExchangeRecord[] all = await ManyAsync(8);
        for (int i = 0; i < all.Length; i++)
        {
            await VoteAsync(all[i], Bob, i % 2 == 0 ? 1 : -1);
            await VoteAsync(all[i], Web("other"), i % 2 == 0 ? 1 : -1);
        }
        ExchangeRecord own = await AddAsync(Bob, "of bob"), after = await SayAsync("after bob", Alice, own.Place, own), retry = await RetryAsync(all[0]);
        ComparisonRecord comparison = await store.CompareAsync([all[0].Id, retry.Id], new Random(1), default);
        await store.AnswerAsync(NewAnswer.Winner(comparison.Id, Person(Bob), retry.Id), default);
        await ExportAsync("before", NothingHeldOut);
        IReadOnlyList<string> lines = await LinesOfAsync("before", Bob, own, after);

        switch (what)
        {
            case "opts out":
                await store.SetConsentAsync(new PersonConsent(Bob, "", ConsentState.OptedOut, "v1", Clock.Now), default);
                break;
            case "is forgotten":
                await store.ForgetPersonAsync(Bob, default);
                break;
            default:
                await store.DeleteConversationAsync(own.Conversation, default);
                await store.RetractAnswerAsync(comparison.Id, Bob, default);
                foreach (ExchangeRecord exchange in all)
                {
                    await store.RetractRatingAsync(exchange.Id, Bob, default);
                }
                break;
        }
        SnapshotManifest manifest = await ExportAsync("after", NothingHeldOut);
        Assert.Equal(2 + 8 + 2, lines.Count);       // exchanges, thumbs, a ranking and its pair
        HashSet<string> hashes = [.. Directory.GetFiles(Path.Combine(Folder, "after"), "*.jsonl", SearchOption.AllDirectories).SelectMany(File.ReadLines).Select(HashOf)];
        Assert.Equal(8 + 8 + 1, hashes.Count - manifest.Files.Where(file => file.Kind is "chat").Sum(file => file.Rows));
        Assert.DoesNotContain(lines, line => hashes.Contains(HashOf(line)));
        Assert.DoesNotContain(Bob.Value, string.Concat(Directory.GetFiles(Path.Combine(Folder, "after"), "*", SearchOption.AllDirectories).Select(File.ReadAllText)), StringComparison.Ordinal);
        HashSet<Guid> gone = [.. manifest.Deletions.Select(tombstone => tombstone.Id)];
        Assert.Contains(own.Id, gone);
        Assert.Contains(after.Id, gone);
        Assert.Equal(2 + 8 + 1, gone.Count);
        Assert.Equal(manifest.Id, SnapshotFolder.Open(Path.Combine(Folder, "after")).Manifest.Id);

        if (what == "opts out")
        {
            await store.SetConsentAsync(new PersonConsent(Bob, "", ConsentState.OptedIn, "v1", Clock.Now), default);
            Assert.Empty((await ExportAsync("again", NothingHeldOut)).Deletions);
            Assert.Equal(lines.Count, (await LinesOfAsync("again", Bob, own, after)).Count);
        }
    }

    [Fact]
    public async Task A_snapshot_that_was_changed_or_holds_what_was_deleted_is_refused()
    {
        ExchangeRecord a = await AddAsync(Alice, "a"), b = await AddAsync(Alice, "b");
        await ExportAsync("first", NothingHeldOut);
        await store.DeleteExchangeAsync(a.Id, default);
        await ExportAsync("second", NothingHeldOut);
        string folder = Path.Combine(Folder, "second"), rows = Path.Combine(folder, "train/exchanges.jsonl"), manifest = Path.Combine(folder, SnapshotManifest.FileName);
        Assert.Single(SnapshotFolder.Open(folder).Files("exchanges", "train"));
        Assert.Empty(SnapshotFolder.Open(folder).Files("thumbs", "train"));
        string before = await File.ReadAllTextAsync(manifest);
        await File.WriteAllTextAsync(manifest, before.Replace(a.Id.ToString(), b.Id.ToString(), StringComparison.Ordinal));
        Assert.Contains($"line 1: holds {b.Id}, which the manifest lists as deleted", Assert.Throws<FeedbackException>(() => SnapshotFolder.Open(folder)).Message, StringComparison.Ordinal);
        await File.WriteAllTextAsync(manifest, before);
        await File.AppendAllTextAsync(Path.Combine(folder, TrustReport.FileName), " ");
        Assert.Contains("its hash is not the one", Assert.Throws<FeedbackException>(() => SnapshotFolder.Open(folder)).Message, StringComparison.Ordinal);
        await File.WriteAllTextAsync(manifest, before.Replace("\"schema\": 2", "\"schema\": 1", StringComparison.Ordinal));
        Assert.Contains("schema is 1", Assert.Throws<FeedbackException>(() => SnapshotFolder.Open(folder)).Message, StringComparison.Ordinal);
        await File.WriteAllTextAsync(manifest, "{");
        Assert.Throws<FeedbackException>(() => SnapshotFolder.Open(folder));
        Assert.True(File.Exists(rows));
    }

    [Fact]
    public async Task What_is_odd_about_the_votes_is_said_in_the_manifest()
    {
        ExchangeRecord[] all = await ManyAsync(10);
        Assert.Contains("There are 0 votes", Assert.Single((await ExportAsync("none", NothingHeldOut)).Notes), StringComparison.Ordinal);
        foreach (ExchangeRecord exchange in all)
        {
            await VoteAsync(exchange, Bob, 1);
        }
        SnapshotManifest one = await ExportAsync("one", NothingHeldOut);
        Assert.Equal(new SnapshotVotes(1, 10, 0, 0, 0, 0, 1), one.Votes);
        Assert.Contains(one.Notes, note => note.StartsWith("There are 10 votes; below 50", StringComparison.Ordinal));
        Assert.Contains(one.Notes, note => note.StartsWith("All 10 thumbs are up", StringComparison.Ordinal));
        Assert.Contains(one.Notes, note => note.StartsWith("All votes are one person's", StringComparison.Ordinal));
        await VoteAsync(all[0], Alice, -1);
        ExchangeRecord retry = await RetryAsync(all[1]);
        ComparisonRecord comparison = await store.CompareAsync([all[1].Id, retry.Id], new Random(1), default);
        await store.AnswerAsync(NewAnswer.Winner(comparison.Id, Person(Bob), retry.Id), default);
        await store.AnswerAsync(NewAnswer.Winner(comparison.Id, Person(Alice), all[1].Id), default);
        SnapshotManifest two = await ExportAsync("two", NothingHeldOut);
        Assert.Equal((2L, 10L, 1L, 2L, 1L, 1L), (two.Votes.Raters, two.Votes.Up, two.Votes.Down, two.Votes.Pairs, two.Votes.ContradictedReplies, two.Votes.ContradictedPairs));
        Assert.Contains(two.Notes, note => note.StartsWith("1 replies and 1 pairs of replies are judged both ways", StringComparison.Ordinal));
    }

    private Pseudonym Web(string name) => store.PseudonymOf(Platforms.Web, name);

    private async Task<ExchangeRecord[]> ManyAsync(int count)
    {
        var all = new ExchangeRecord[count];
        for (int i = 0; i < count; i++)
        {
            all[i] = await AddAsync(Alice, $"question {i}");
        }
        return all;
    }

    /// <summary>Rates as people do, a while after the vote before.</summary>
    private async Task VoteAsync(ExchangeRecord exchange, Pseudonym person, int value)
    {
        Clock.Advance(TimeSpan.FromMinutes(2));
        await RateAsync(exchange, person, value);
    }

    /// <summary>Rows of a snapshot that somebody wrote, rated or judged, and rows of certain exchanges.</summary>
    private async Task<IReadOnlyList<string>> LinesOfAsync(string name, Pseudonym person, params ExchangeRecord[] exchanges)
    {
        var found = new List<string>();
        foreach (string file in Directory.GetFiles(Path.Combine(Folder, name, "train"), "*.jsonl"))
        {
            found.AddRange((await File.ReadAllLinesAsync(file)).Where(line =>
                line.Contains(person.Value, StringComparison.Ordinal) || exchanges.Any(exchange => line.Contains(exchange.Id.ToString(), StringComparison.Ordinal))));
        }
        return found;
    }

    private static string HashOf(string line) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(line)));
}
