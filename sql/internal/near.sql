-- At most three of `words` that are like a word that is none of them, the nearest first; null for none.
create function internal.near(word text, words text[]) returns json language sql stable as $$
    select json_agg(candidate order by distance, candidate)
      from (select candidate, public.levenshtein_less_equal(lower(candidate), lower(word), 2) as distance
              from unnest(words) candidate
             where length(word) <= 100 and length(candidate) <= 100 and abs(length(candidate) - length(word)) <= 2
             order by 2, 1 limit 3) near
     where distance <= least(2, length(word) / 2)
$$;
