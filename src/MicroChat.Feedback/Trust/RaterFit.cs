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
/// (Newton, per person). Slopes begin at 1 and are pulled there, so that a minority by weight is what turns round, not everybody else.
/// Sources: Birnbaum 1968; Bock and Aitkin 1981.
/// </summary>
internal sealed class RaterFit
{
    private const int Nodes = 13, Rounds = 30, NewtonSteps = 4;

    private const double Reach = 3, SlopeSpread = 0.5, SeveritySpread = 1, LongestStep = 1;

    /// <summary>Quality of a control's better reply over the other.</summary>
    private const int KnownNode = Nodes - 4;

    private readonly IReadOnlyList<FitSign> signs;
    private readonly double[] prior = new double[Nodes], quality = new double[Nodes];
    private readonly double[,] posterior;                       // (items,Nodes)
    private readonly bool[] isShared;                           // (items) whether two persons or more, or the operator, judged it
    private readonly int[] known;                               // (items) +1 or −1: the operator knows; 0: nobody does
    private readonly double[] slopes, severities, errors;       // (raters)
    private double meanSeverity;

    private RaterFit(IReadOnlyList<FitSign> signs, int items, int raters, int[] known)
    {
        (this.signs, this.known, posterior, isShared) = (signs, known, new double[items, Nodes], new bool[items]);
        (slopes, severities, errors) = (new double[raters], new double[raters], new double[raters]);
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
        Array.Fill(slopes, 1);
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
        var fit = new RaterFit(signs, items, raters, known);
        for (int round = 0; round < Rounds; round++)
        {
            fit.Expect();
            fit.Maximise();
        }
        return ([.. Enumerable.Range(0, raters).Select(u => new RaterTerm(fit.slopes[u], fit.severities[u], fit.errors[u]))], fit.meanSeverity);
    }

    /// <summary>How probable each quality of each thing is, given who said what.</summary>
    private void Expect()
    {
        for (int i = 0; i < isShared.Length; i++)
        {
            for (int k = 0; k < Nodes; k++)
            {
                posterior[i, k] = prior[k];
            }
        }
        foreach (FitSign sign in signs)
        {
            double b = sign.IsPair ? 0 : severities[sign.Rater], direction = sign.IsUp ? 1 : -1;
            for (int k = 0; k < Nodes; k++)
            {
                posterior[sign.Item, k] += sign.Weight * LogSigmoid(direction * ((slopes[sign.Rater] * quality[k]) - b));
            }
        }
        for (int i = 0; i < isShared.Length; i++)
        {
            Normalise(i);
        }
    }

    private void Normalise(int item)
    {
        double largest = double.NegativeInfinity, sum = 0;
        for (int k = 0; k < Nodes; k++)
        {
            largest = Math.Max(largest, posterior[item, k]);
        }
        for (int k = 0; k < Nodes; k++)
        {
            sum += posterior[item, k] = Math.Exp(posterior[item, k] - largest);
        }
        int sure = known[item] > 0 ? KnownNode : Nodes - 1 - KnownNode;
        for (int k = 0; k < Nodes; k++)
        {
            posterior[item, k] = known[item] == 0 ? posterior[item, k] / sum : k == sure ? 1 : 0;
        }
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
            double[] to = (sign.IsPair, sign.IsUp) switch { (false, true) => own.Up, (false, false) => own.Down, (true, true) => own.First, _ => own.Second };
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
        double a = slopes[u], b = severities[u];
        double ga = (1 - a) / (SlopeSpread * SlopeSpread), gb = (meanSeverity - b) / (SeveritySpread * SeveritySpread);
        double haa = 1 / (SlopeSpread * SlopeSpread), hbb = 1 / (SeveritySpread * SeveritySpread), hab = 0;
        for (int k = 0; k < Nodes; k++)
        {
            double q = quality[k], n = said.Up[k] + said.Down[k], p = Sigmoid((a * q) - b), rest = said.Up[k] - (n * p), w = n * p * (1 - p);
            double pairs = said.First[k] + said.Second[k], pp = Sigmoid(a * q);
            ga += q * (rest + said.First[k] - (pairs * pp));
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

    private static double Sigmoid(double x)
    {
        double e = Math.Exp(-Math.Abs(x));
        return (x >= 0 ? 1 : e) / (1 + e);
    }

    private static double LogSigmoid(double x) => Math.Min(x, 0) - Math.Log(1 + Math.Exp(-Math.Abs(x)));

    /// <summary>A person's signs, spread over the qualities that the things probably have.</summary>
    private sealed class Said
    {
        public double[] Up { get; } = new double[Nodes];

        public double[] Down { get; } = new double[Nodes];

        public double[] First { get; } = new double[Nodes];

        public double[] Second { get; } = new double[Nodes];

        /// <summary>Thumbs down and up on replies that nobody else judged.</summary>
        public double[] Alone { get; } = new double[2];

        public bool HasThumbs => Alone.Sum() + Up.Sum() + Down.Sum() > 0;
    }
}
