//! A bar chart: issued upward, refused downward. The shapes are attributes of SVG, which no content policy minds.

use crate::text::number;

/// One bar of each kind, side by side over time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Spot {
    pub issued: u64,
    pub refused: u64,
}

/// Geometry of a chart in the units of its `viewBox`.
#[derive(Clone, Debug)]
pub struct Plot {
    pub spots: Vec<Spot>,
    /// Room above the line, and below it.
    pub above: u32,
    pub below: u32,
    /// Width of one spot.
    pub step: u32,
    /// What is kept free above the highest bar.
    pub headroom: u32,
}

/// A rectangle, as text of its attributes.
pub struct Bar {
    pub class: &'static str,
    pub x: String,
    pub y: String,
    pub width: String,
    pub height: String,
}

/// A bar that stands for something is never thinner.
const LEAST_HEIGHT: f64 = 3.0;

impl Plot {
    /// A month by the day.
    pub const fn of_days(spots: Vec<Spot>) -> Self {
        Self { spots, above: 124, below: 36, step: 20, headroom: 8 }
    }

    /// A day by the hour, without refusals.
    pub const fn of_hours(spots: Vec<Spot>) -> Self {
        Self { spots, above: 56, below: 0, step: 10, headroom: 0 }
    }

    pub fn width(&self) -> u32 {
        self.step.saturating_mul(u32::try_from(self.spots.len()).unwrap_or(0))
    }

    pub fn height(&self) -> u32 {
        self.above + self.below
    }

    pub fn most_issued(&self) -> u64 {
        self.spots.iter().map(|spot| spot.issued).max().unwrap_or(0)
    }

    /// The top of the scale: one, two, four, five or eight times a power of ten.
    pub fn scale(&self) -> u64 {
        let most = self.most_issued().max(1);
        let mut power = 1_u64;
        loop {
            for factor in [1, 2, 4, 5, 8] {
                let top = power.saturating_mul(factor);
                if top >= most {
                    return top;
                }
            }
            power = power.saturating_mul(10);
        }
    }

    /// Top, middle and bottom of the scale.
    pub fn labels(&self) -> [String; 3] {
        let top = self.scale();
        let middle = if top.is_multiple_of(2) { number(&(top / 2)) } else { String::new() };
        [number(&top), middle, number(&0)]
    }

    pub fn bars(&self) -> Vec<Bar> {
        let room = f64::from(self.above - self.headroom);
        let scale = if self.headroom == 0 { self.most_issued().max(1) } else { self.scale() };
        let most_refused = self.spots.iter().map(|spot| spot.refused).max().unwrap_or(0).max(1);
        let mut bars = Vec::new();
        for (index, spot) in (0_u32..).zip(&self.spots) {
            if spot.issued > 0 {
                let height = share(spot.issued, scale) * room;
                bars.push(self.bar("up", index, f64::from(self.above) - height, height));
            }
            if spot.refused > 0 && self.below > 0 {
                let height = (share(spot.refused, most_refused) * f64::from(self.below)).max(LEAST_HEIGHT);
                bars.push(self.bar("dn", index, f64::from(self.above), height));
            }
        }
        bars
    }

    fn bar(&self, class: &'static str, index: u32, y: f64, height: f64) -> Bar {
        let step = f64::from(self.step);
        let width = step * 0.65;
        let x = f64::from(index).mul_add(step, (step - width) / 2.0);
        let text = |number: f64| format!("{number:.1}");
        Bar { class, x: text(x), y: text(y), width: text(width), height: text(height) }
    }
}

/// Exact enough for a picture.
fn share(part: u64, whole: u64) -> f64 {
    let thousandths = u128::from(part) * 1_000 / u128::from(whole.max(1));
    f64::from(u32::try_from(thousandths).unwrap_or(1_000)) / 1_000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scale_is_a_round_number_above_the_highest_bar() {
        for (most, scale) in [(0, 1), (1, 1), (3, 4), (760, 800), (801, 1_000), (18_204, 20_000)] {
            let plot = Plot::of_days(vec![Spot { issued: most, refused: 0 }]);
            assert_eq!(plot.scale(), scale, "{most}");
        }
        assert_eq!(Plot::of_days(vec![Spot { issued: 760, refused: 0 }]).labels(), ["800", "400", "0"]);
    }

    #[test]
    fn bars_stay_inside_of_the_picture() {
        let spots = vec![
            Spot { issued: 800, refused: 14 },
            Spot::default(),
            Spot { issued: 1, refused: 1 },
            Spot { issued: u64::MAX, refused: u64::MAX },
        ];
        for plot in [Plot::of_days(spots.clone()), Plot::of_hours(spots)] {
            for bar in plot.bars() {
                let [x, y, width, height] =
                    [&bar.x, &bar.y, &bar.width, &bar.height].map(|text| text.parse::<f64>().expect(text));
                assert!(x >= 0.0 && x + width <= f64::from(plot.width()), "{x} {width}");
                assert!(y >= 0.0 && y + height <= f64::from(plot.height()) + 0.1, "{y} {height}");
            }
        }
    }
}
