namespace MicroChat.Feedback.Trust;

/// <summary>A sign by places in lists.</summary>
/// <param name="Item">Place of what was judged.</param>
/// <param name="Rater">Place of the person.</param>
/// <param name="IsUp">Whether the sign is +1.</param>
/// <param name="IsPair">A comparison: how easily a person is pleased plays no part in it.</param>
/// <param name="Weight">Of the sign.</param>
internal readonly record struct FitSign(int Item, int Rater, bool IsUp, bool IsPair, double Weight);

/// <summary>What the fit says of a person.</summary>
/// <param name="Slope">a: 1 is usual, 0 chance, below 0 the wrong way round.</param>
/// <param name="Severity">b: logit of disliking a reply of average quality.</param>
/// <param name="SlopeError">Standard error of a.</param>
internal readonly record struct RaterTerm(double Slope, double Severity, double SlopeError);

/// <summary>
/// Who-voted-what as a two-parameter logistic model: a reply has a quality q ~ N(0, 1), and a person likes it with probability
/// <c>σ(a q − b)</c>; of two replies the first with <c>σ(a q)</c>, q their difference. Fitted by expectation (q on a grid) and penalised maximisation
/// (Newton, per person). A slope is probably about 1, seldom negative. Everything turned round fits the votes as well, so it is fitted from
/// several sides (as expected; all turned round; the active ones turned round), and the most probable fit is taken, which has the fewest persons with a
/// negative slope: a minority of persons is found out even when it is sure of itself and votes more than the others. Sources: Birnbaum 1968; Bock and Aitkin 1981.
/// </summary>
internal sealed class RaterFit
{
    private const int Nodes = 13, Rounds = 30, NewtonSteps = 4;

    private const double Reach = 3, SeveritySpread = 1, LongestStep = 1;

    /// <summary>Slopes as they are expected: of those who mean well, and of the few who do not.</summary>
    private const double SlopeMean = 1, SlopeSpread = 0.5, WrongShare = 0.05, WrongMean = -1, WrongSpread = 1;

    /// <summary>Standard error of a slope that votes rather than expectation determine.</summary>
    private const double Determined = 0.35;

    /// <summary>Quality of a control's better reply over the other.</summary>
    private const int KnownNode = Nodes - 4;

    private readonly IReadOnlyList<FitSign> signs;
    private readonly double[] prior = new double[Nodes], quality = new double[Nodes];
    private readonly double[,] posterior;                       // (items,Nodes)
    private readonly bool[] isShared;                           // (items) whether two persons or more, or the operator, judged it
    private readonly int[] known;                               // (items) +1 or −1: the operator knows; 0: nobody does
    private readonly double[] slopes, severities, errors;       // (raters)
    private readonly double[,,] logs;                           // (raters,Tables,Nodes)
    private double meanSeverity;
    private double fitness;                                     // logarithm of how probable votes and persons are together

    private RaterFit(IReadOnlyList<FitSign> signs, int items, int[] known, double[] slopes)
    {
        (this.signs, this.known, posterior, isShared) = (signs, known, new double[items, Nodes], new bool[items]);
        logs = new double[slopes.Length, Said.Tables, Nodes];
        (this.slopes, severities, errors) = (slopes, new double[slopes.Length], new double[slopes.Length]);
        for (int k = 0; k < Nodes; k++)
        {
            quality[k] = Reach * ((2.0 * k / (Nodes - 1)) - 1);
            prior[k] = -0.5 * quality[k] * quality[k];
        }
        int[] first = new int[items];
        Array.Fill(first, -1);
        foreach (FitSign sign in signs)
        {
            isShared[sign.Item] |= known[sign.Item] != 0 || (first[sign.Item] >= 0 && first[sign.Item] != sign.Rater);
            first[sign.Item] = sign.Rater;
        }
        double up = signs.Where(s => !s.IsPair && s.IsUp).Sum(s => s.Weight) + 1, down = signs.Where(s => !s.IsPair && !s.IsUp).Sum(s => s.Weight) + 1;
        meanSeverity = Math.Log(down / up);
        Array.Fill(errors, SlopeSpread);
        Array.Fill(severities, meanSeverity);
    }

    /// <summary>Fits.</summary>
    /// <param name="signs">All signs.</param>
    /// <param name="items">Number of things.</param>
    /// <param name="raters">Number of persons.</param>
    /// <param name="known">(items) +1 or −1 where the operator knows the answer, else 0.</param>
    /// <returns>(raters), and the mean severity.</returns>
    public static (RaterTerm[] Raters, double MeanSeverity) Of(IReadOnlyList<FitSign> signs, int items, int raters, int[] known)
    {
        RaterFit usual = Solved([.. Enumerable.Repeat(SlopeMean, raters)]), turned = Solved(Array.ConvertAll(usual.slopes, slope => -slope));
        RaterFit active = Solved([.. usual.slopes.Select((slope, u) => usual.errors[u] < Determined ? -slope : SlopeMean)]);
        RaterFit fit = new[] { usual, turned, active }.MaxBy(one => one.fitness)!;
        return ([.. Enumerable.Range(0, raters).Select(u => new RaterTerm(fit.slopes[u], fit.severities[u], fit.errors[u]))], fit.meanSeverity);

        RaterFit Solved(double[] slopes)
        {
            var one = new RaterFit(signs, items, known, slopes);
            one.Solve();
            return one;
        }
    }

    private void Solve()
    {
        for (int round = 0; round < Rounds; round++)
        {
            Expect();
            Maximise();
        }
        double persons = slopes.Sum(slope => Math.Log(Well(slope) + Wrong(slope))) - (severities.Sum(b => Square((b - meanSeverity) / SeveritySpread)) / 2);
        fitness = Expect() + persons;
    }

    /// <summary>How probable each quality of each thing is, given who said what.</summary>
    /// <returns>Logarithm of how probable the signs are on what several persons judged.</returns>
    private double Expect()
    {
        for (int i = 0; i < isShared.Length; i++)
        {
            for (int k = 0; k < Nodes; k++)
            {
                posterior[i, k] = prior[k];
            }
        }
        Tabulate();
        foreach (FitSign sign in signs)
        {
            int at = Said.Table(sign.IsPair, sign.IsUp);
            for (int k = 0; k < Nodes && isShared[sign.Item]; k++)
            {
                posterior[sign.Item, k] += sign.Weight * logs[sign.Rater, at, k];
            }
        }
        double evidence = 0;
        for (int i = 0; i < isShared.Length; i++)
        {
            evidence += isShared[i] ? Normalise(i) : 0;
        }
        return evidence;
    }

    /// <summary>Logarithms of how probable each sign of each person is at each quality; persons are fewer than signs.</summary>
    private void Tabulate()
    {
        for (int u = 0; u < slopes.Length; u++)
        {
            for (int k = 0; k < Nodes; k++)
            {
                double pair = slopes[u] * quality[k], thumb = pair - severities[u];
                (logs[u, 0, k], logs[u, 1, k], logs[u, 2, k], logs[u, 3, k]) = (LogSigmoid(thumb), LogSigmoid(-thumb), LogSigmoid(pair), LogSigmoid(-pair));
            }
        }
    }

    private double Normalise(int item)
    {
        int sure = known[item] > 0 ? KnownNode : Nodes - 1 - KnownNode;
        double largest = double.NegativeInfinity, sum = 0, ofSure = posterior[item, sure];
        for (int k = 0; k < Nodes; k++)
        {
            largest = Math.Max(largest, posterior[item, k]);
        }
        for (int k = 0; k < Nodes; k++)
        {
            sum += posterior[item, k] = Math.Exp(posterior[item, k] - largest);
        }
        for (int k = 0; k < Nodes; k++)
        {
            posterior[item, k] = known[item] == 0 ? posterior[item, k] / sum : k == sure ? 1 : 0;
        }
        return known[item] == 0 ? largest + Math.Log(sum) : ofSure;
    }

    private void Maximise()
    {
        var said = new Said[slopes.Length];
        foreach (FitSign sign in signs)
        {
            Said own = said[sign.Rater] ??= new Said();
            if (!isShared[sign.Item])                           // tells how easily the person is pleased, and nothing about the slope
            {
                own.Alone[sign.IsUp ? 1 : 0] += sign.IsPair ? 0 : sign.Weight;
                continue;
            }
            double[] to = own.Counts[Said.Table(sign.IsPair, sign.IsUp)];
            for (int k = 0; k < Nodes; k++)
            {
                to[k] += sign.Weight * posterior[sign.Item, k];
            }
        }
        for (int u = 0; u < slopes.Length; u++)
        {
            for (int step = 0; step < NewtonSteps && said[u] is not null; step++)
            {
                Step(u, said[u]);
            }
        }
        double[] voted = [.. severities.Where((_, u) => said[u] is { HasThumbs: true })];
        meanSeverity = voted.Length > 0 ? voted.Average() : meanSeverity;
    }

    /// <summary>One damped Newton step on a person's slope and severity.</summary>
    private void Step(int u, Said said)
    {
        double a = slopes[u], b = severities[u], means = Well(a) / (Well(a) + Wrong(a));
        double haa = (means / Square(SlopeSpread)) + ((1 - means) / Square(WrongSpread)), hbb = 1 / Square(SeveritySpread), hab = 0;
        double ga = (means * (SlopeMean - a) / Square(SlopeSpread)) + ((1 - means) * (WrongMean - a) / Square(WrongSpread)), gb = (meanSeverity - b) * hbb;
        (double[] ups, double[] downs, double[] firsts, double[] seconds) = (said.Counts[0], said.Counts[1], said.Counts[2], said.Counts[3]);
        for (int k = 0; k < Nodes; k++)
        {
            double q = quality[k], n = ups[k] + downs[k], p = Sigmoid((a * q) - b), rest = ups[k] - (n * p), w = n * p * (1 - p);
            double pairs = firsts[k] + seconds[k], pp = Sigmoid(a * q);
            ga += q * (rest + firsts[k] - (pairs * pp));
            gb -= rest;
            haa += q * q * (w + (pairs * pp * (1 - pp)));
            hab -= q * w;
            hbb += w;
        }
        double alone = said.Alone[0] + said.Alone[1], liked = Sigmoid(-b);
        gb -= said.Alone[1] - (alone * liked);
        hbb += alone * liked * (1 - liked);
        double determinant = (haa * hbb) - (hab * hab);
        double da = ((hbb * ga) - (hab * gb)) / determinant, db = ((haa * gb) - (hab * ga)) / determinant;
        slopes[u] = a + Math.Clamp(da, -LongestStep, LongestStep);
        severities[u] = b + Math.Clamp(db, -LongestStep, LongestStep);
        errors[u] = Math.Sqrt(hbb / determinant);
    }

    /// <summary>Density of a slope among those who mean well, by their share.</summary>
    private static double Well(double slope) => (1 - WrongShare) / SlopeSpread * Math.Exp(-0.5 * Square((slope - SlopeMean) / SlopeSpread));

    /// <summary>The same among the others.</summary>
    private static double Wrong(double slope) => WrongShare / WrongSpread * Math.Exp(-0.5 * Square((slope - WrongMean) / WrongSpread));

    private static double Square(double x) => x * x;

    private static double Sigmoid(double x)
    {
        double e = Math.Exp(-Math.Abs(x));
        return (x >= 0 ? 1 : e) / (1 + e);
    }

    private static double LogSigmoid(double x) => Math.Min(x, 0) - Math.Log(1 + Math.Exp(-Math.Abs(x)));

    /// <summary>A person's signs, spread over the qualities that the things probably have.</summary>
    private sealed class Said
    {
        public const int Tables = 4;

        /// <summary>(Tables,Nodes): thumbs up, thumbs down, for the first of two, for the second.</summary>
        public double[][] Counts { get; } = [new double[Nodes], new double[Nodes], new double[Nodes], new double[Nodes]];

        /// <summary>Thumbs down and up on replies that nobody else judged.</summary>
        public double[] Alone { get; } = new double[2];

        public bool HasThumbs => Alone.Sum() + Counts[0].Sum() + Counts[1].Sum() > 0;

        /// <summary>Which of the tables a sign belongs to.</summary>
        public static int Table(bool isPair, bool isUp) => (isPair ? 2 : 0) + (isUp ? 0 : 1);
    }
}
