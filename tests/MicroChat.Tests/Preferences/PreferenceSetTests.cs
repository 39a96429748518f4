using MicroChat.Model.Decoding;
using MicroChat.Model.Templates;
using MicroChat.Model.Tokenizers;
using MicroChat.Tests.Data;
using MicroChat.Tests.Tokenizers;
using MicroChat.Training;
using MicroChat.Training.Data;
using MicroChat.Training.Objectives;
using MicroChat.Training.Preferences;

namespace MicroChat.Tests.Preferences;

public sealed class PreferenceSetTests : IDisposable
{
    private static readonly Tokenizer s_tokenizer = SmallTokenizer.Instance;
    private static readonly PreferenceSetOptions s_options = new() { LeastItems = 1 };
    private readonly DataFiles _files = new();

    private static ReplyEncoder Encoder(string template) =>
        new(new ChatEncoder(ChatTemplate.Parse(template, new Dictionary<string, string>()), s_tokenizer, TimeProvider.System));

    private static ReplyEncoder Own => Encoder(OwnTemplate.Source);

    private static PreferencePair Pair(string prompt, string chosen, string rejected) => new("s", "l", [new ChatTurn("user", prompt)], chosen, rejected);

    private static IReadOnlyList<PreferenceGroup> Groups(out GroupingReport report, params PreferencePair[] pairs)
    {
        var groups = new PreferenceGroups();
        foreach (PreferencePair pair in pairs)
        {
            groups.Add(pair);
        }
        IReadOnlyList<PreferenceGroup> built = groups.Build();
        report = groups.Report;
        return built;
    }

    [Fact]
    public void Only_the_last_reply_and_its_end_are_the_replys_tokens()
    {
        EncodedReply row = Own.Encode([new("user", "dog"), new("assistant", "fox"), new("user", "over")], "lazy");
        Assert.Equal("<|user|>dog<|end|><|assistant|>fox<|end|><|user|>over<|end|><|assistant|>lazy<|end|>", s_tokenizer.Decode(row.Ids, skipSpecial: false));
        Assert.Equal("lazy<|end|>", s_tokenizer.Decode(row.Ids.AsSpan(row.PromptTokens), skipSpecial: false));
    }

    [Fact]
    public void A_template_without_generation_blocks_gives_the_same_rows_and_what_follows_the_end_is_part_of_none()
    {
        string plain = OwnTemplate.Source.Replace("{%- generation -%}", "", StringComparison.Ordinal).Replace("{%- endgeneration -%}", "", StringComparison.Ordinal);
        string trailing = OwnTemplate.Source.Replace("{%- endgeneration -%}", "{%- endgeneration -%}{{- 'the' -}}", StringComparison.Ordinal);
        ChatTurn[] prompt = [new("user", "dog")];
        EncodedReply own = Own.Encode(prompt, "lazy");
        foreach (string template in new[] { plain, trailing })
        {
            EncodedReply found = Encoder(template).Encode(prompt, "lazy");
            Assert.Equal(own.Ids, found.Ids);
            Assert.Equal(own.PromptTokens, found.PromptTokens);
        }
    }

    [Fact]
    public void Judgements_on_a_prompt_become_one_group()
    {
        PreferenceGroup group = Assert.Single(Groups(out GroupingReport report, Pair("p", "a", "b"), Pair("p", "a", "c"), Pair("p", "b", "c"), Pair("p", "a", "b")));
        Assert.Equal(["a", "b", "c"], group.Replies);
        Assert.Equal([new(0, 1, 1, 0), new(0, 2, 1, 0), new(1, 2, 1, 0)], group.Comparisons);
        Assert.Equal((4, 1, 0, 1), (report.Pairs, report.Repeated, report.Contradicted, report.Groups));
    }

    [Fact]
    public void Contradictions_become_soft_labels_for_the_majority_and_are_counted()
    {
        PreferenceGroup group = Assert.Single(Groups(out GroupingReport report, Pair("p", "a", "b"), Pair("p", "b", "a"), Pair("p", "b", "a"), Pair("p", "c", "a")));
        Assert.Equal((1, 0), (group.Comparisons[0].Better, group.Comparisons[0].Worse));
        Assert.Equal(2 / 3.0, group.Comparisons[0].Probability, 1e-15);
        Assert.Equal((4, 2, 1), (report.Pairs, report.Repeated, report.Contradicted));
    }

    [Fact]
    public void Judgements_count_by_their_weights_and_together_no_more_than_one()
    {
        PreferenceGroup group = Assert.Single(Groups(out GroupingReport report,
            Pair("p", "a", "b") with { Weight = 0.2 }, Pair("p", "b", "a") with { Weight = 0.6 }, Pair("p", "a", "c") with { Weight = 0.1 }, Pair("p", "b", "c"), Pair("p", "b", "c")));
        Assert.Equal((1, 0), (group.Comparisons[0].Better, group.Comparisons[0].Worse));
        Assert.Equal(0.75, group.Comparisons[0].Probability, 1e-15);
        Assert.Equal([0.8, 0.1, 1], group.Comparisons.Select(pair => Math.Round(pair.Weight, 12)));
        Assert.Equal(1, report.Contradicted);
        PreferenceSet set = PreferenceSet.Encode([group], Own, s_options);
        RewardBatch batch = RewardBatch.Of(set.Groups, 1, meanWeight: 0.5);
        Assert.Equal([0.8 / 1.5, 0.1 / 1.5, 1 / 1.5], batch.Pairs.Select(pair => pair.Weight), (wanted, found) => Math.Abs(wanted - found) < 1e-12);
    }

    [Fact]
    public void Pairs_and_rankings_name_the_rater_and_the_weight()
    {
        string pairs = _files.Write("p.jsonl", """{"prompt":"q","chosen":"a","rejected":"b","rater":"r1","weight":0.25}""");
        PreferencePair pair = Assert.Single(Datasets.Preferences(pairs, new DatasetOptions(), new RowReport()));
        Assert.Equal(("r1", 0.25), (pair.Rater, pair.Weight));
        string rankings = _files.Write("r.jsonl", """{"prompt":"q","rater":"r2","weight":0.5,"replies":[{"content":"a","rank":0},{"content":"b","rank":1},{"content":"c","rank":1}]}""");
        Assert.All(Datasets.Preferences(rankings, new DatasetOptions(), new RowReport()), judged => Assert.Equal(("r2", 0.5), (judged.Rater, judged.Weight)));
        string bad = _files.Write("bad.jsonl", """{"prompt":"q","chosen":"a","rejected":"b","weight":0}""");
        Assert.Contains("wanted a number above 0", Assert.Throws<DatasetException>(() => Datasets.Preferences(bad, new DatasetOptions(), new RowReport()).Count()).Message);
    }

    [Fact]
    public void Prompts_that_differ_in_a_role_or_a_border_stay_apart()
    {
        var groups = new PreferenceGroups();
        groups.Add(new PreferencePair("", "", [new("user", "ab"), new("assistant", "c"), new("user", "d")], "x", "y"));
        groups.Add(new PreferencePair("", "", [new("user", "a"), new("assistant", "bc"), new("user", "d")], "x", "y"));
        groups.Add(new PreferencePair("", "", [new("system", "ab"), new("assistant", "c"), new("user", "d")], "x", "y"));
        Assert.Equal(3, groups.Build().Count);
    }

    [Fact]
    public void What_cannot_be_used_is_counted_by_its_reason()
    {
        string refusing = "{%- if 'bad' in messages[0].content -%}{{- raise_exception('no') -}}{%- endif -%}" + OwnTemplate.Source;
        var longText = string.Join(' ', Enumerable.Repeat("dog", 40));
        PreferenceSet set = PreferenceSet.Encode(
            Groups(out _, Pair("p", "fox", longText), Pair("p", "fox", "dog"), Pair("q", "fox ", "fox"), Pair("bad", "fox", "dog"), Pair("r", "fox", "dog"), Pair("r", "dog", "fox")),
            Encoder(refusing), s_options with { MaxRowTokens = 30 });
        Assert.Equal(new EncodingReport(5, 1, 1, 1, 1, 1), set.Report);
        EncodedGroup group = Assert.Single(set.Groups);
        Assert.Equal((2, new Judgement(0, 1, 1, 0)), (group.Replies.Count, Assert.Single(group.Comparisons)));
    }

    [Fact]
    public void Too_few_comparisons_are_refused_with_the_counts()
    {
        string message = Assert.Throws<TrainingException>(() => PreferenceSet.Encode(Groups(out _, Pair("p", "a", "b")), Own, new PreferenceSetOptions())).Message;
        Assert.Contains("1 comparisons can be used; it must be at least 50", message);
        Assert.Contains("1 of 1 kept", message);
    }

    [Fact]
    public void A_batch_reads_rewards_at_the_end_of_turn_and_weighs_prompts_the_same()
    {
        PreferenceSet set = PreferenceSet.Encode(Groups(out _, Pair("dog", "a", "b b"), Pair("dog", "a", "c"), Pair("fox", "lazy", "x")), Own, s_options);
        RewardBatch batch = RewardBatch.Of(set.Groups, 2);
        Assert.Equal([0.25, 0.25, 0.5], batch.Pairs.Select(pair => pair.Weight));
        Assert.Equal([(0, 1), (0, 2), (3, 4)], batch.Pairs.Select(pair => (pair.Chosen, pair.Rejected)));
        int end = s_tokenizer.IdOf(OwnTemplate.EndOfTurn)!.Value;
        Assert.All(batch.Rows.Ends, position => Assert.Equal(end, batch.Rows.Tokens.Ids[position]));
        float[] scalar = [.. Enumerable.Range(0, batch.Rows.Tokens.Tokens).Select(t => (float)t)];
        Assert.Equal([.. batch.Rows.Ends.Select(t => (double)t)], batch.Rows.Scores(scalar));
        float[] gradient = batch.Rows.ScalarGradient([1, 2, 3, 4, 5]);
        Assert.Equal(15, gradient.Sum());
        Assert.Equal(5, gradient[batch.Rows.Ends[4]]);
    }

    [Fact]
    public void Actions_predict_the_replys_tokens_and_nothing_of_the_prompt()
    {
        EncodedReply row = Own.Encode([new("user", "dog")], "lazy fox");
        var batch = new ReplyBatch([row, row]);
        int[] predicted = [.. batch.Tokens.Targets.Where((_, t) => batch.Actions[t])];
        Assert.Equal([.. row.Ids.AsSpan(row.PromptTokens), .. row.Ids.AsSpan(row.PromptTokens)], predicted);
        Assert.False(batch.Actions[^1]);
        Assert.Equal(TokenBatch.NoTarget, batch.Tokens.Targets[row.Ids.Length - 1]);
    }

    [Fact]
    public void A_mismatched_row_has_the_others_prompt_and_is_cut_to_the_limit()
    {
        EncodedReply first = Own.Encode([new("user", "dog")], "lazy fox"), second = Own.Encode([new("user", "over the fox")], "it's me");
        EncodedReply mixed = second.After(first, 100);
        Assert.Equal("<|user|>dog<|end|><|assistant|>it's me<|end|>", s_tokenizer.Decode(mixed.Ids, skipSpecial: false));
        Assert.Equal(first.PromptTokens + 1, second.After(first, first.PromptTokens + 1).Ids.Length);
    }

    [Fact]
    public void Held_out_comparisons_share_no_prompt_with_the_others()
    {
        PreferencePair[] pairs = [.. Enumerable.Range(0, 40).Select(i => Pair($"dog {i % 15}", $"a {i}", $"b {i}")), Pair("DOG 3!", "x", "y")];
        PreferenceSet set = PreferenceSet.Encode(Groups(out _, pairs), Own, s_options);
        (IReadOnlyList<EncodedGroup> training, IReadOnlyList<EncodedGroup> heldOut) = set.HoldOutLast(4);
        Assert.Equal(set.Comparisons, training.Sum(g => g.Comparisons.Count) + heldOut.Sum(g => g.Comparisons.Count));
        Assert.InRange(heldOut.Sum(g => g.Comparisons.Count), 4, 8);
        Assert.Empty(training.Select(g => g.Key).Intersect(heldOut.Select(g => g.Key)));
        Assert.Equal(2, heldOut.Count(g => g.Key == heldOut[^1].Key));
        (training, heldOut) = set.Split(TextSplit.ByShare(0.5));
        Assert.True(training.Count > 0 && heldOut.Count > 0);
        Assert.Empty(training.Select(g => g.Key).Intersect(heldOut.Select(g => g.Key)));
    }

    [Theory]
    [InlineData("""{"prompt": "Hi", "completion": "Yo", "label": true}""", 1, null, 1)]
    [InlineData("""{"prompt": [{"role": "user", "content": "Hi"}], "completion": [{"role": "assistant", "content": "Yo"}], "label": 0, "rater": "p1", "weight": 0.5}""", 0, "p1", 0.5)]
    [InlineData("""{"prompt": "Hi", "completion": "Yo", "label": 0.25}""", 0.25, null, 1)]
    public void A_thumb_reads_from_every_layout(string row, double up, string? rater, double weight)
    {
        RatedReply found = Assert.Single(Datasets.Thumbs(_files.Write("a.jsonl", row), new DatasetOptions(), new RowReport()));
        Assert.Equal(("Yo", up, rater, weight), (found.Reply, found.Up, found.Rater, found.Weight));
        Assert.Equal([new ChatTurn("user", "Hi")], found.Prompt);
    }

    [Theory]
    [InlineData("""{"prompt": "Hi", "completion": "Yo", "label": 2}""", "label", "found 2")]
    [InlineData("""{"prompt": "Hi", "completion": "Yo", "label": "up"}""", "label", "share of thumbs up")]
    [InlineData("""{"prompt": "Hi", "completion": "", "label": true}""", "completion", "not empty")]
    [InlineData("""{"prompt": "Hi", "completion": "Yo", "label": true, "weight": 0}""", "weight", "above 0")]
    public void A_bad_thumb_is_named_by_its_field(string row, string field, string says)
    {
        DatasetException e = Assert.Throws<DatasetException>(() => Datasets.Thumbs(_files.Write("a.jsonl", row), new DatasetOptions(), new RowReport()).Count());
        Assert.Equal((1L, field), (e.Line, e.Field));
        Assert.Contains(says, e.Message);
    }

    [Fact]
    public void A_ranking_reads_with_its_ties_and_gives_its_pairs()
    {
        string path = _files.Write("a.jsonl", """{"prompt": "Hi", "replies": [{"content": "b", "rank": 1}, {"content": "a", "rank": 0}, {"content": "c", "rank": 1}]}""");
        PreferenceRanking ranking = Assert.Single(Datasets.Rankings(path, new DatasetOptions(), new RowReport()));
        Assert.Equal(["a", "b", "c"], ranking.Replies.Select(reply => reply.Text));
        Assert.Equal([("a", "b"), ("a", "c")], Datasets.Preferences(path, new DatasetOptions(), new RowReport()).Select(pair => (pair.Chosen, pair.Rejected)));
    }

    [Theory]
    [InlineData("""{"prompt": "Hi", "replies": [{"content": "b", "rank": 1}]}""", "replies")]
    [InlineData("""{"prompt": "Hi", "replies": [{"content": "b", "rank": 1}, {"content": "b", "rank": 2}]}""", "replies[1]")]
    [InlineData("""{"prompt": "Hi", "replies": [{"content": "b"}, {"content": "c", "rank": 2}]}""", "replies[0].rank")]
    [InlineData("""{"prompt": "Hi", "replies": [{"content": "b", "rank": 0.5}, {"content": "c", "rank": 2}]}""", "replies[0].rank")]
    public void A_bad_ranking_is_named_by_its_field(string row, string field)
    {
        DatasetException e = Assert.Throws<DatasetException>(() => Datasets.Rankings(_files.Write("a.jsonl", row), new DatasetOptions(), new RowReport()).Count());
        Assert.Equal((1L, field), (e.Line, e.Field));
    }

    [Theory]
    [InlineData("\"margin\": 1.5", 1.5, 1)]
    [InlineData("\"probability\": 0.75", 0, 0.75)]
    public void Margin_and_probability_of_a_pair_are_read(string extra, double margin, double probability)
    {
        string path = _files.Write("a.jsonl", $$"""{"prompt": "Hi", "chosen": "a", "rejected": "b", {{extra}}}""");
        PreferencePair pair = Assert.Single(Datasets.Preferences(path, new DatasetOptions(), new RowReport()));
        Assert.Equal((margin, probability), (pair.Margin, pair.Probability));
    }

    [Fact]
    public void Thumbs_of_one_kind_or_too_few_are_refused()
    {
        RatedReply[] ups = [.. Enumerable.Range(0, 60).Select(i => new RatedReply("s", "l", [new("user", $"dog {i}")], "fox", 1))];
        Assert.Contains("both kinds are needed", Assert.Throws<TrainingException>(() => ThumbSet.Encode(ups, Own, new PreferenceSetOptions())).Message);
        Assert.Contains("10 thumbs can be used", Assert.Throws<TrainingException>(() => ThumbSet.Encode(ups[..10], Own, new PreferenceSetOptions())).Message);
    }

    [Fact]
    public void Nobody_weighs_more_than_the_cap()
    {
        RatedReply[] rows = [.. Enumerable.Range(0, 20).Select(i => new RatedReply("s", "l", [new("user", $"dog {i}")], "fox", i % 2) { Rater = i < 15 ? "loud" : $"p{i}" })];
        ThumbSet set = ThumbSet.Encode(rows, Own, s_options).WithCap(0.1);
        Assert.Equal(["", "loud", "p15", "p16", "p17", "p18", "p19"], set.Raters);
        Assert.Equal(2, set.Thumbs.Where(thumb => thumb.Rater == 1).Sum(thumb => thumb.Weight), 1e-12);
        Assert.All(set.Thumbs.Where(thumb => thumb.Rater > 1), thumb => Assert.Equal(1, thumb.Weight));
    }

    [Theory]
    [InlineData("prefs/oasst_rankings.jsonl.gz", 682, 251, 682, 0)]
    [InlineData("prefs/hh_rlhf_harmless.jsonl.gz", 1587, 1586, 1587, 3)]
    [InlineData("native/hh-rlhf-harmless.jsonl.gz", 1587, 1586, 1587, 3)]
    public void Real_files_become_groups(string file, int pairs, int prompts, int comparisons, int skipped)
    {
        var groups = new PreferenceGroups();
        var report = new RowReport();
        foreach (PreferencePair pair in Datasets.Preferences(DataFiles.Shared(file), new DatasetOptions { BadRows = BadRows.Skip }, report))
        {
            groups.Add(pair);
        }
        IReadOnlyList<PreferenceGroup> built = groups.Build();
        Assert.Equal((pairs, prompts, comparisons, skipped), ((int)groups.Report.Pairs, built.Count, built.Sum(group => group.Comparisons.Count), (int)report.Skipped));
    }

    [Fact]
    public void Shuffled_labels_keep_the_replies_and_turn_half_of_the_comparisons_round()
    {
        PreferenceSet set = PreferenceSet.Encode(Groups(out _, [.. Enumerable.Range(0, 200).Select(i => Pair($"dog {i}", "a", "b"))]), Own, s_options);
        IReadOnlyList<EncodedGroup> shuffled = ShuffledLabels.Of(set.Groups, new Random(1)), again = ShuffledLabels.Of(set.Groups, new Random(1));
        Assert.InRange(shuffled.Count(group => group.Comparisons[0].Better == 1), 80, 120);
        Assert.Equal(shuffled.Select(group => group.Comparisons[0]), again.Select(group => group.Comparisons[0]));
        Assert.All(shuffled.Zip(set.Groups), pair => Assert.Same(pair.Second.Replies, pair.First.Replies));
    }

    [Fact]
    public void Float32_and_back_is_exact() => Assert.Equal([1.5f, -0.1f, float.NegativeInfinity], Precision.Narrow(Precision.Widen([1.5f, -0.1f, float.NegativeInfinity])));

    public void Dispose() => _files.Dispose();
}
