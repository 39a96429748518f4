using System.Text.Json;
using MicroChat.Training;

namespace MicroChat.Tests.Training;

public sealed class LearningRateScheduleTests
{
    public static IEnumerable<TheoryDataRow<string>> Cases()
    {
        foreach (string file in Golden.Files("optim/schedules.json"))
        {
            foreach (JsonElement testCase in JsonDocument.Parse(File.ReadAllText(file)).RootElement.GetProperty("cases").EnumerateArray())
            {
                yield return new TheoryDataRow<string>(testCase.GetRawText());
            }
        }
    }

    [Trait("Category", Golden.Category)]
    [Theory, MemberData(nameof(Cases))]
    public void Rates_equal_the_reference(string json)
    {
        JsonElement testCase = JsonDocument.Parse(json).RootElement, options = testCase.GetProperty("options");
        string kind = testCase.GetProperty("schedule").GetString()!;
        long warmup = Number(options, "num_warmup_steps"), total = Number(options, "num_training_steps");
        LearningRateSchedule schedule = new()
        {
            Peak = options.GetProperty("base_lr").GetDouble(),
            WarmupSteps = warmup,
            WarmupStartShare = Has(testCase, "min_lr_ratio") ? options.GetProperty("min_lr_ratio").GetDouble() : 0,
            WarmupShape = Text(options, "warmup_type") == "cosine" ? DecayShape.Cosine : DecayShape.Linear,
            StableSteps = kind != "wsd" ? 0 : Has(testCase, "num_stable_steps") ? Number(options, "num_stable_steps") : total - warmup - Number(options, "num_decay_steps"),
            DecaySteps = kind == "wsd" ? Number(options, "num_decay_steps") : total - warmup,
            Shape = kind switch
            {
                "constant_with_warmup" => DecayShape.Constant,
                "linear" => DecayShape.Linear,
                _ => Text(options, "decay_type") switch { "linear" => DecayShape.Linear, "1-sqrt" => DecayShape.OneMinusRoot, _ => DecayShape.Cosine },
            },
            Cycles = options.TryGetProperty("num_cycles", out JsonElement cycles) ? cycles.GetDouble() : 0.5,
            FloorShare = Has(testCase, "min_lr_rate") ? options.GetProperty("min_lr_rate").GetDouble() : Has(testCase, "min_lr_ratio") ? options.GetProperty("min_lr_ratio").GetDouble() : 0,
        };
        double[] wanted = [.. testCase.GetProperty("expected").GetProperty("lr_of_step").EnumerateArray().Select(e => e.GetDouble())];
        // Beyond its end the reference's cosine rises again; a run that goes on stays at the floor here.
        int compared = kind.StartsWith("cosine", StringComparison.Ordinal) ? (int)total + 1 : wanted.Length;
        for (int step = 0; step < Math.Min(compared, wanted.Length); step++)
        {
            Assert.Equal(wanted[step], schedule.At(step), 1e-12);
        }
    }

    [Fact]
    public void A_finished_schedule_stays_at_its_floor()
    {
        var schedule = new LearningRateSchedule { Peak = 2, WarmupSteps = 3, DecaySteps = 10, FloorShare = 0.25 };
        Assert.Equal(0.5, schedule.At(13), 1e-12);
        Assert.Equal(0.5, schedule.At(1_000), 1e-12);
        Assert.Equal(2.0 / 3, schedule.At(1), 1e-12);
    }

    private static bool Has(JsonElement testCase, string option) => testCase.GetProperty("options").TryGetProperty(option, out _);

    private static string? Text(JsonElement options, string name) => options.TryGetProperty(name, out JsonElement value) ? value.GetString() : null;

    private static long Number(JsonElement options, string name) => options.TryGetProperty(name, out JsonElement value) ? value.GetInt64() : 0;
}
